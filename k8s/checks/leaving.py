"""Whether nobody is cut off: preStop, the drain, the load balancer's patience, the pod's grace."""

import re

from checks.cluster import Cluster
from checks.tools import ROOT

SPARE_SECONDS = 10


def faults(cluster: Cluster) -> list[str]:
    hub = cluster.named("Deployment", "hub")
    spec = hub["spec"]["template"]["spec"]
    pre_stop = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    grace = spec["terminationGracePeriodSeconds"]
    drain = int(cluster.settings["DRAIN_SECONDS"])
    keep_alive = int(cluster.settings["KEEP_ALIVE_SECONDS"])
    ping = ping_seconds()
    delays = {grace, *balancer(cluster, "deregistration_delay")}
    idles = balancer(cluster, "idle_timeout")

    found = [
        f"leaving: {pre_stop} + {drain} + {SPARE_SECONDS} <= {delay} <= {grace}"
        for delay in delays
        if not pre_stop + drain + SPARE_SECONDS <= delay <= grace
    ]
    if hub["spec"]["minReadySeconds"] < drain:
        found.append(
            "leaving: more may drain at once than maxSurge says, minReadySeconds is too short"
        )
    if hub["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] != 0:
        found.append("leaving: a rollout takes hubs away before others are there")
    if hub["spec"]["progressDeadlineSeconds"] < 2 * (hub["spec"]["minReadySeconds"] + grace):
        found.append("leaving: a rollout is given up that only takes its time")
    found += [f"idle: {it} s is less than three pings of {ping} s" for it in idles if it < 3 * ping]
    # Or the load balancer sends a request to a connection that is just being closed: a 502.
    found += [
        f"idle: hubs close after {keep_alive} s, before {it}" for it in idles if it >= keep_alive
    ]
    if idles:
        # Or a rollout may leave a load balancer with nobody to send people to.
        [namespace] = cluster.of("Namespace")
        gate = "elbv2.k8s.aws/pod-readiness-gate-inject"
        if namespace["metadata"]["labels"].get(gate) != "enabled":
            found.append("leaving: pods are called ready before the load balancer knows them")
    return found


def balancer(cluster: Cluster, attribute: str) -> set[int]:
    """What load balancers are told of a time-out, as an annotation or as an object."""
    pattern = attribute + r"\.timeout_seconds(?:=|\W+value\W+)(\d+)"
    return {int(it) for it in re.findall(pattern, cluster.text)}


def ping_seconds() -> int:
    """How often a hub asks whether somebody is still there."""
    source = ROOT / "hub" / "src" / "session.rs"
    [found] = re.findall(r"PING_EVERY: Duration = Duration::from_secs\((\d+)\)", source.read_text())
    return int(found)
