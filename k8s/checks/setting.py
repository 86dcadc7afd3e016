"""Whether every variable that a program reads is set, and none is set that nobody reads."""

import os
import re
import subprocess
from pathlib import Path

from checks.cluster import Cluster
from checks.tools import ROOT, SECONDS_MAX

BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
# What is set by whoever needs it.
OPTIONAL = {
    "ALLOWED_ORIGINS",
    "CONNECTIONS_PER_ADDRESS_MAX",
    "MAP_TILE_URL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_TRACES_SAMPLER_ARG",
    "REDIS_CA",
    "TOKEN_JWKS",
    "TOSS_URL",
    "TRUSTED_PROXIES",
}
# What only the platform reads.
FOREIGN = {"POD_IP"}


def faults(cluster: Cluster) -> list[str]:
    found = []
    given = set(cluster.settings)
    read_by_any = set()
    for program in ("hub", "workers"):
        read = variables(program)
        read_by_any |= read
        own = {
            env["name"]
            for name, pod in cluster.pods.items()
            if name.split("-")[0] == program
            for container in pod["spec"]["containers"]
            for env in container["env"]
        }
        found += [f"{program} reads {it}, which is not set" for it in read - given - own - OPTIONAL]
        found += [f"{program} does not read {it}" for it in own - read - FOREIGN]
    return found + [f"nobody reads {it}" for it in given - read_by_any]


def variables(program: str) -> set[str]:
    """What a program says that it reads."""
    ask = [BUILT / program, "--help"]
    limits = {"check": True, "timeout": SECONDS_MAX}
    text = subprocess.run(ask, capture_output=True, text=True, **limits).stdout
    return set(re.findall(r"\[env: (\w+)", text))
