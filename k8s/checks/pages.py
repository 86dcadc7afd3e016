"""Whether the pages beside the manifests say what the manifests do."""

import os
import re

from checks.cluster import Cluster, name
from checks.tools import PLACE, ROOT

HERE = ROOT / "k8s"
OBJECTS = HERE / "checks" / "objects.txt"


def figures() -> list[str]:
    """Figures in README.md that the manifests do not have."""
    text = (HERE / "README.md").read_text()
    rendered = (PLACE / "eks.yaml").read_text()
    return [
        f"README.md says that {what} is {said}, and the manifests do not"
        for what, said in re.findall(r"^\| `([\w.]+)` \| (\S+)(?: s)? \|", text, re.MULTILINE)
        if not re.search(rf"\b{re.escape(what)}\W+(?:sleep:\W+seconds:\W+)?{said}(?!\w)", rendered)
    ]


def files() -> list[str]:
    """Files and folders that a page speaks of and that are not there."""
    found = []
    for page in HERE.glob("*.md"):
        text = page.read_text()
        for said in re.findall(r"`((?:base|components|overlays|checks|model)/[\w./-]*)`", text):
            if not (HERE / said).exists():
                found.append(f"{page.name}: there is no {said}")
        for said in re.findall(r"\]\((?!https?:)([\w./-]+)(?:#[\w-]+)?\)", text):
            if not (HERE / said).exists():
                found.append(f"{page.name}: leads to {said}, which is not there")
    return found


def listed(clusters: list[Cluster]) -> list[str]:
    """Objects that came or went without anybody saying so; UPDATE=1 says so."""
    lines = sorted(
        # A ConfigMap's name ends with what it holds.
        re.sub(r"-[a-z0-9]{10}$", "", f"{cluster.overlay} {it['kind']} {name(it)}")
        for cluster in clusters
        for it in cluster.everything
    )
    if os.environ.get("UPDATE"):
        OBJECTS.write_text("\n".join(lines) + "\n")
    known = OBJECTS.read_text().splitlines()
    gone = [f"{it} is in checks/objects.txt and nowhere else" for it in known if it not in lines]
    return gone + [f"{it} is not in checks/objects.txt" for it in lines if it not in known]
