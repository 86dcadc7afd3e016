"""Where numbers come from: manifests for what we set, measured.json for what the world does."""

import json
import re
from dataclasses import dataclass
from types import SimpleNamespace

from checks.cluster import Cluster
from checks.hardening import amount
from checks.scaling import behavior
from checks.tools import ROOT

TABLE = ROOT / "k8s" / "measured.json"
HUB_SOURCE = ROOT / "hub" / "src" / "socket" / "balance.rs"


@dataclass(frozen=True)
class Policy:
    """No more than so many pods, or so much of a hundred, in a period."""

    kind: str
    value: int
    seconds: int


@dataclass(frozen=True)
class Scaler:
    """What a ScaledObject says."""

    least: int
    most: int
    target: float
    cpu_percent: float
    up: tuple[Policy, ...]
    down: tuple[Policy, ...]
    down_choice: str
    down_window: int


@dataclass(frozen=True)
class Hub:
    """What the manifests and the program say of one hub."""

    room: int
    cpu: float
    memory_bytes: float
    age_seconds: float
    pre_stop: int
    drain: int
    ready_seconds: int
    surge: str
    scrape_seconds: int
    health_seconds: int
    too_many: float
    sent_on_share: float
    partitions: int


@dataclass(frozen=True)
class Inputs:
    """Everything that an evening depends on."""

    hub: Hub
    scaler: Scaler
    world: SimpleNamespace


def table() -> dict[str, dict]:
    """The table of what was measured, documented or assumed."""
    return json.loads(TABLE.read_text())


def read(cluster: Cluster) -> Inputs:
    """The numbers of an overlay that scales by sockets."""
    world = SimpleNamespace(**{name: row["value"] for name, row in table().items()})
    return Inputs(hub=hub(cluster), scaler=scaler(cluster), world=world)


def scaler(cluster: Cluster) -> Scaler:
    found = cluster.named("ScaledObject", "hub")
    spec, pace = found["spec"], behavior(found)
    triggers = {it["type"]: it["metadata"] for it in spec["triggers"]}
    return Scaler(
        least=spec["minReplicaCount"],
        most=spec["maxReplicaCount"],
        target=float(triggers["prometheus"]["threshold"]),
        cpu_percent=float(triggers["cpu"]["value"]),
        up=policies(pace["scaleUp"]),
        down=policies(pace["scaleDown"]),
        down_choice=pace["scaleDown"].get("selectPolicy", "Max"),
        down_window=pace["scaleDown"]["stabilizationWindowSeconds"],
    )


def policies(rules: dict) -> tuple[Policy, ...]:
    return tuple(Policy(it["type"], it["value"], it["periodSeconds"]) for it in rules["policies"])


def hub(cluster: Cluster) -> Hub:
    spec = cluster.named("Deployment", "hub")["spec"]
    [container] = spec["template"]["spec"]["containers"]
    [scrape] = cluster.of("PodMonitor")
    settings = cluster.settings
    interval, healthy = (
        int(re.search(rf'{it}(?:-seconds|-count)?": "(\d+)"', cluster.text)[1])
        for it in ("healthcheck-interval", "/healthy-threshold")
    )
    source = HUB_SOURCE.read_text()
    return Hub(
        room=int(settings["CONNECTIONS_MAX"]),
        cpu=amount(container["resources"]["requests"]["cpu"]),
        memory_bytes=amount(container["resources"]["limits"]["memory"]),
        age_seconds=float(settings["CONNECTION_AGE_SECONDS"]),
        pre_stop=container["lifecycle"]["preStop"]["sleep"]["seconds"],
        drain=int(settings["DRAIN_SECONDS"]),
        ready_seconds=spec["minReadySeconds"],
        surge=str(spec["strategy"]["rollingUpdate"]["maxSurge"]),
        scrape_seconds=int(scrape["spec"]["podMetricsEndpoints"][0]["interval"].rstrip("s")),
        health_seconds=interval * healthy,
        too_many=constant(source, "TOO_MANY"),
        sent_on_share=constant(source, "SENT_ON_SHARE"),
        partitions=int(settings["PARTITIONS"]),
    )


def constant(source: str, name: str) -> float:
    """A constant of the hub that the model goes by."""
    return float(re.search(rf"const {name}: f64 = ([\d.]+);", source)[1])
