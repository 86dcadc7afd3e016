"""Looks at the manifests as a cluster would, and at what no schema sees.

Renders every overlay, checks each object strictly against the schemas of the oldest and the newest
Kubernetes that is supported and against the types of its extensions, scans for what is unsafe, and
then asks whether the parts fit; see the files of `checks/`. Needs Python 3.11, Node.js, Redis
and the programs `hub` and `workers`; everything else is installed under target/.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from checks import hardening, leaving, pages, scaling, schemas, selecting, setting, tools, watching
from checks.cluster import Cluster

HERE = Path(__file__).resolve().parent
OVERLAYS = ("local", "eks", "eks-gateway", "eks-redis")
# An evening on paper, what a Redis Cluster goes through, with real ones, and what programs are made of.
PLAYS = (("rush.py", "--check"), ("components/redis-cluster/rehearse.py",), ("images/supply.py",))
QUESTIONS = (leaving, selecting, scaling, hardening, setting, watching)


def main() -> int:
    tools.install()
    rendered = [tools.render(f"overlays/{overlay}") for overlay in OVERLAYS]
    clusters = [Cluster(it.stem, tools.objects(it)) for it in rendered]
    with ThreadPoolExecutor() as others:
        strictly = others.map(schemas.strictly, rendered)
        played = [others.submit(play, *it) for it in PLAYS]
        security = others.submit(schemas.security, rendered)
        once = Cluster("cluster", tools.objects(tools.render("cluster")))
        faults = schemas.types([*clusters, once])
        for cluster, unknown in zip(clusters, strictly, strict=True):
            asked = [fault for question in QUESTIONS for fault in question.faults(cluster)]
            faults += [f"{cluster.overlay}: {fault}" for fault in [*unknown, *asked]]
            print(f"{cluster.overlay}: {len(cluster.everything)} objects, {len(asked)} misfits")
        faults += [*security.result(), *pages.figures(), *pages.files(), *pages.listed(clusters)]
        faults += [fault for it in played for fault in it.result()]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def play(name: str, *arguments: str) -> list[str]:
    """What a program of its own finds."""
    command = [sys.executable, HERE / name, *arguments]
    limits = {"check": False, "timeout": tools.SECONDS_MAX}
    done = subprocess.run(command, capture_output=True, text=True, **limits)
    found = done.stderr.splitlines()
    return found or ([f"{name}: {done.stdout}"] if done.returncode else [])


if __name__ == "__main__":
    sys.exit(main())
