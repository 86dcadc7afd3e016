"""One overlay, as the questions see it."""

import json
from dataclasses import dataclass, field

# Whose pods are looked at.
WORKLOADS = ("Deployment", "StatefulSet", "Job")


@dataclass
class Cluster:
    """The objects of an overlay, and the pods that they would start."""

    overlay: str
    everything: list[dict]
    kinds: dict[str, list[dict]] = field(default_factory=dict)
    pods: dict[str, dict] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for it in self.everything:
            self.kinds.setdefault(it["kind"], []).append(it)
        for kind in WORKLOADS:
            self.pods |= {name(it): it["spec"]["template"] for it in self.of(kind)}

    def of(self, *kinds: str) -> list[dict]:
        """All objects of some kinds."""
        return [it for kind in kinds for it in self.kinds.get(kind, [])]

    def names(self, *kinds: str) -> set[str]:
        """What they are called."""
        return {name(it) for it in self.of(*kinds)}

    def named(self, kind: str, wanted: str) -> dict:
        """The one that is called so."""
        [found] = [it for it in self.of(kind) if name(it) == wanted]
        return found

    @property
    def settings(self) -> dict[str, str]:
        """What hub and workers are started with."""
        [found] = [it["data"] for it in self.of("ConfigMap") if name(it).startswith("settings")]
        return found

    @property
    def text(self) -> str:
        """Everything in one string, to search in."""
        return json.dumps(self.everything)

    def found(self, selector: dict) -> list[str]:
        """Whose pods a selector finds."""
        return [
            name
            for name, pod in self.pods.items()
            if matches(selector, pod["metadata"].get("labels", {}))
        ]


def name(it: dict) -> str:
    return it["metadata"]["name"]


def containers(pod: dict) -> list[dict]:
    return [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]


def ports(pod: dict) -> set[str]:
    """The names of the ports that a pod has."""
    return {port["name"] for container in containers(pod) for port in container.get("ports", [])}


def matches(selector: dict, labels: dict) -> bool:
    plain = selector.get("matchLabels", {}).items()
    listed = selector.get("matchExpressions", [])
    return all(labels.get(key) == value for key, value in plain) and all(
        labels.get(it["key"]) in it["values"] for it in listed
    )
