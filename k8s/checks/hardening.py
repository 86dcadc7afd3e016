"""Whether pods may do no more than they have to: the restricted profile, and a little more."""

import re

from checks.cluster import Cluster, containers

# The restricted profile wants these said; the last two are ours.
WANTED = {"automountServiceAccountToken": False, "enableServiceLinks": False}
FORBIDDEN = ("hostNetwork", "hostPID", "hostIPC")
VOLUMES = {"configMap", "emptyDir", "secret"}
UNITS = {"": 1, "m": 1e-3, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def faults(cluster: Cluster) -> list[str]:
    found = []
    for name, pod in cluster.pods.items():
        spec = pod["spec"]
        found += [f"{name}: {key} is not {it}" for key, it in WANTED.items() if spec.get(key) != it]
        found += [f"{name}: {key}" for key in FORBIDDEN if spec.get(key)]
        security = spec["securityContext"]
        if not security["runAsNonRoot"] or security["seccompProfile"]["type"] != "RuntimeDefault":
            found.append(f"{name} does not run as restricted pods do")
        for volume in spec.get("volumes", []):
            if not VOLUMES & set(volume):
                found.append(f"{name}: its volume {volume['name']} is of the node")
        for container in containers(pod):
            own = container["securityContext"]
            is_tight = own["readOnlyRootFilesystem"] and not own["allowPrivilegeEscalation"]
            if not is_tight or own["capabilities"] != {"drop": ["ALL"]}:
                found.append(f"{name}: its container may do more than it has to")
            if not re.search(r":[\w.-]+$", container["image"]) or container["image"].endswith(
                "latest"
            ):
                found.append(f"{name}: {container['image']} is no particular image")
            found += [f"{name}: {it}" for it in resources(container["resources"])]
    [namespace] = cluster.of("Namespace")
    for mode in ("enforce", "audit", "warn"):
        if (
            namespace["metadata"]["labels"].get(f"pod-security.kubernetes.io/{mode}")
            != "restricted"
        ):
            found.append(f"the namespace does not {mode} the restricted profile")
    return found


def resources(resources: dict) -> list[str]:
    requests, limits = resources["requests"], resources["limits"]
    found = [
        f"asks for more {it} than it may use"
        for it in requests.keys() & limits.keys()
        if amount(requests[it]) > amount(limits[it])
    ]
    if requests["memory"] != limits["memory"]:
        found.append("may be given less memory than it may use")
    if "cpu" in limits:
        found.append("would be throttled")
    return found


def amount(text: str) -> float:
    """What a quantity like 512Mi is in bytes, or 100m in processors."""
    number, unit = re.fullmatch(r"([\d.]+)(\w*)", str(text)).groups()
    return float(number) * UNITS[unit]
