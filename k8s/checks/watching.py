"""Whether alerts, scalers and the dashboard go by metrics that exist, and alerts say what to do."""

import re

from checks.cluster import Cluster
from checks.tools import ROOT

RUNBOOKS = ROOT / "k8s" / "RUNBOOKS.md"


def faults(cluster: Cluster) -> list[str]:
    return [*metrics(cluster), *runbooks(cluster), *room(cluster)]


def metrics(cluster: Cluster) -> list[str]:
    source = "".join(
        path.read_text()
        for folder in ("hub/src", "workers/src", "workers/streams/src")
        for path in (ROOT / folder).rglob("*.rs")
    )
    known = set(re.findall(r'"((?:hub|workers)_\w+)"', source))
    used = set(re.findall(r"\b((?:hub|workers)_[a-z_]+)\b", cluster.text))
    plain = {re.sub(r"_(bucket|sum|count)$", "", it) for it in used}
    return [f"there is no metric {it}" for it in sorted(plain - known)]


def runbooks(cluster: Cluster) -> list[str]:
    """Each alert leads to the part of RUNBOOKS.md that bears its name, and no part is without."""
    found = []
    parts = set(re.findall(r"^## (\w+)$", RUNBOOKS.read_text(), re.MULTILINE))
    alerts = [
        rule
        for it in cluster.of("PrometheusRule")
        for group in it["spec"]["groups"]
        for rule in group["rules"]
    ]
    names = {rule["alert"] for rule in alerts}
    for rule in alerts:
        name = rule["alert"]
        if rule["annotations"].get("runbook") != f"k8s/RUNBOOKS.md#{name.lower()}":
            found.append(f"alert {name} does not say where its runbook is")
        if rule["labels"]["severity"] not in {"page", "ticket"}:
            found.append(f"alert {name} wakes nobody")
    found += [f"RUNBOOKS.md does not say what to do about {it}" for it in names - parts]
    return found + [f"RUNBOOKS.md knows {it}, which no alert is" for it in parts - names if alerts]


def room(cluster: Cluster) -> list[str]:
    """Somebody is told before a hub is full."""
    full = int(cluster.settings["CONNECTIONS_MAX"])
    warned = {int(it) for it in re.findall(r"hub_connections\)\) > (\d+)", cluster.text)}
    return [f"HubsNearlyFull tells at {it} of {full}" for it in warned if it != full * 85 // 100]
