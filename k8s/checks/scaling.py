"""Whether each Deployment has one scaler that says what it may, and may lose a pod."""

from checks.cluster import Cluster, name

SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")


def faults(cluster: Cluster) -> list[str]:
    found = []
    owners: dict[str, list[str]] = {}
    least: dict[str, int] = {}
    for it in cluster.of(*SCALERS):
        spec, who = it["spec"], f"{it['kind']} {name(it)}"
        target = spec["scaleTargetRef"]["name"]
        least[target] = spec.get("minReplicas", spec.get("minReplicaCount"))
        most = spec.get("maxReplicas", spec.get("maxReplicaCount"))
        if not 2 <= least[target] <= most:
            found.append(f"{who}: {least[target]} to {most}")
        if target not in cluster.names("Deployment"):
            found.append(f"{who}: there is no Deployment {target}")
        owners.setdefault(target, []).append(it["kind"])
        for trigger in spec.get("triggers", []):
            if any(not isinstance(value, str) for value in trigger["metadata"].values()):
                found.append(f"{who}: metadata are strings")
        found += slowly(cluster, who, target, behavior(it))
    for it in cluster.of("Deployment"):
        replicas = it["spec"].get("replicas")
        least.setdefault(name(it), replicas)
        if len(owners.get(name(it), [])) + (replicas is not None) != 1:
            found.append(f"{name(it)} is scaled by {owners.get(name(it))} and says {replicas}")
    for it in cluster.of("PodDisruptionBudget"):
        spec = it["spec"]
        # Of a part of a hundred the rest is rounded up, so that one may always go.
        if "minAvailable" in spec or spec.get("maxUnavailable") not in (1, "10%"):
            found.append(f"PodDisruptionBudget {name(it)} lets nobody go, or too many")
        if spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            found.append(
                f"PodDisruptionBudget {name(it)}: pods that are broken keep a node for ever"
            )
    budgets = cluster.names("PodDisruptionBudget")
    missing = {it for it, number in least.items() if (number or 0) > 1} - budgets
    return found + [f"{it} has no budget for disruptions" for it in missing]


def behavior(scaler: dict) -> dict:
    """How fast a scaler may go, wherever its kind says that."""
    spec = scaler["spec"]
    if scaler["kind"] == "ScaledObject":
        return spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    return spec["behavior"]


def slowly(cluster: Cluster, who: str, target: str, behavior: dict) -> list[str]:
    """Up at once, and down only when whoever leaves has left."""
    pod = cluster.pods.get(target)
    if pod is None:
        return []
    found = []
    if behavior["scaleUp"]["stabilizationWindowSeconds"] != 0:
        found.append(f"{who} waits before it scales up")
    window = behavior["scaleDown"]["stabilizationWindowSeconds"]
    if window < 2 * pod["spec"]["terminationGracePeriodSeconds"]:
        found.append(f"{who}: pods that still leave would count as reasons to scale down")
    return found
