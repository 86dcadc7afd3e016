"""Whether names lead somewhere: selectors, ports, what pods ask for, whom routes send people to."""

from checks.cluster import Cluster, containers, name, ports

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
SELECTORS = (
    ("PodDisruptionBudget", "selector"),
    ("NetworkPolicy", "podSelector"),
    ("PodMonitor", "selector"),
)
# Objects of the whole cluster.
EVERYWHERE = {"Namespace", "GatewayClass", "PriorityClass", "NodePool", "StorageClass"}


def faults(cluster: Cluster) -> list[str]:
    return [
        *selectors(cluster),
        *services(cluster),
        *routes(cluster),
        *probes(cluster),
        *wants(cluster),
        *walls(cluster),
    ]


def selectors(cluster: Cluster) -> list[str]:
    found = []
    for it in cluster.of("Deployment", "StatefulSet"):
        chosen = cluster.found(it["spec"]["selector"])
        if chosen != [name(it)]:
            found.append(f"{it['kind']} {name(it)} selects the pods of {chosen}")
    for kind, path in SELECTORS:
        for it in cluster.of(kind):
            if not cluster.found(it["spec"][path]):
                found.append(f"{kind} {name(it)} selects nothing")
    for owner, pod in cluster.pods.items():
        for spread in pod["spec"].get("topologySpreadConstraints", []):
            if owner not in cluster.found(spread["labelSelector"]):
                found.append(f"{owner} is spread by the labels of others")
    [namespace] = cluster.names("Namespace")
    for it in cluster.everything:
        if it["kind"] not in EVERYWHERE and it["metadata"].get("namespace") != namespace:
            found.append(f"{it['kind']} {name(it)} is not in {namespace}")
    return found


def services(cluster: Cluster) -> list[str]:
    found = []
    for it in cluster.of("Service"):
        chosen = cluster.found({"matchLabels": it["spec"]["selector"]})
        if not chosen:
            found.append(f"Service {name(it)} selects nothing")
        for pod in chosen:
            missing = {port["targetPort"] for port in it["spec"]["ports"]} - ports(
                cluster.pods[pod]
            )
            found += [f"Service {name(it)}: {pod} has no port {port}" for port in missing]
    for it in cluster.of("StatefulSet"):
        if it["spec"]["serviceName"] not in cluster.names("Service"):
            found.append(f"StatefulSet {name(it)} has no Service")
    return found


def routes(cluster: Cluster) -> list[str]:
    found = []
    for it in cluster.of("Ingress"):
        for rule in it["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                service = cluster.named("Service", backend["name"])
                if backend["port"]["name"] not in {
                    port["name"] for port in service["spec"]["ports"]
                }:
                    found.append(f"Ingress {name(it)}: no such port")
    for it in cluster.of("HTTPRoute"):
        for rule in it["spec"]["rules"]:
            for backend in rule.get("backendRefs", []):
                service = cluster.named("Service", backend["name"])
                if backend["port"] not in {port["port"] for port in service["spec"]["ports"]}:
                    found.append(f"HTTPRoute {name(it)}: no such port")
            if "timeouts" in rule:
                found.append(f"HTTPRoute {name(it)}: time-outs end sockets")
        gateways = cluster.names("Gateway")
        for parent in it["spec"]["parentRefs"]:
            if parent["name"] not in gateways:
                found.append(f"HTTPRoute {name(it)}: no Gateway {parent['name']}")
    return found


def probes(cluster: Cluster) -> list[str]:
    found = []
    for it in cluster.of("Deployment", "StatefulSet"):
        pod = it["spec"]["template"]
        for container in pod["spec"]["containers"]:
            for probe in PROBES:
                way = container[probe].get("httpGet") or container[probe].get("tcpSocket")
                if way and way["port"] not in ports(pod):
                    found.append(f"{name(it)}: its {probe} asks a port that it has not")
    return found


def wants(cluster: Cluster) -> list[str]:
    """What pods are given is there: settings, secrets, volumes, and who they are."""
    found = []
    secrets = cluster.names("Secret", "ExternalSecret")
    settings = cluster.names("ConfigMap")
    accounts = {"default", *cluster.names("ServiceAccount")}
    for owner, pod in cluster.pods.items():
        spec = pod["spec"]
        volumes = {it["name"] for it in spec.get("volumes", [])}
        for it in cluster.of("StatefulSet"):
            if name(it) == owner:
                volumes |= {name(claim) for claim in it["spec"].get("volumeClaimTemplates", [])}
        asked = {it["configMap"]["name"] for it in spec.get("volumes", []) if "configMap" in it}
        for container in containers(pod):
            asked |= {it["configMapRef"]["name"] for it in container.get("envFrom", [])}
            keys = [it.get("valueFrom", {}).get("secretKeyRef") for it in container.get("env", [])]
            missing = {key["name"] for key in keys if key} - secrets
            found += [f"{owner}: there is no Secret {it}" for it in missing]
            mounts = {it["name"] for it in container.get("volumeMounts", [])}
            found += [f"{owner}: there is no volume {it}" for it in mounts - volumes]
        found += [f"{owner}: there is no ConfigMap {it}" for it in asked - settings]
        if spec.get("serviceAccountName", "default") not in accounts:
            found.append(f"{owner}: there is no such ServiceAccount")
    return found


def walls(cluster: Cluster) -> list[str]:
    """Network policies say which way they close, and nobody is outside of them."""
    found = []
    for it in cluster.of("NetworkPolicy"):
        ways = it["spec"].get("policyTypes", [])
        said = {way for way in ("Ingress", "Egress") if way.lower() in it["spec"]}
        if not ways or not said <= set(ways) <= {"Ingress", "Egress"}:
            found.append(f"NetworkPolicy {name(it)} says {ways} and has {said}")
    closed = [
        it
        for it in cluster.of("NetworkPolicy")
        if it["spec"]["podSelector"] == {} and it["spec"]["policyTypes"] == ["Ingress", "Egress"]
    ]
    if len(closed) != 1:
        found.append("no NetworkPolicy closes everything that is not opened")
    return found
