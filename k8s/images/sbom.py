"""Says what a program is made of, as CycloneDX 1.6: the crates in it and what they build on, the
libc that is linked into it, and, for the hub, the packages in its web.

    python3 k8s/images/sbom.py hub x86_64-unknown-linux-gnu > hub.cdx.json

Everything is read from the lock files, so the same commit gives the same text. Needs Python 3.11.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# What of Debian is inside besides: linked, and copied.
DEBIAN = ("libc6-dev", "ca-certificates")


def main() -> None:
    program, target = sys.argv[1:]
    own, crates, edges = cargo(program, target)
    others = debian() + (npm() if program == "hub" else [])
    edges[own["bom-ref"]] |= {it["bom-ref"] for it in others}
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own | {"type": "application"}},
        "components": crates + others,
        "dependencies": [{"ref": it, "dependsOn": sorted(edges[it])} for it in sorted(edges)],
    }
    json.dump(bom, sys.stdout, indent=1, ensure_ascii=False)
    print()


def cargo(program: str, target: str) -> tuple[dict, list[dict], dict[str, set[str]]]:
    """The program, the crates that are linked into it, and which needs which."""
    tree = ["cargo", "tree", "--locked", "--package", program, "--target", target]
    tree += ["--edges", "normal,no-proc-macro", "--prefix", "depth", "--format", "|{p}|{l}|"]
    lines = subprocess.run(tree, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    sums = {(it["name"], it["version"]): it.get("checksum") for it in lock["package"]}
    found: dict[str, dict] = {}
    edges: dict[str, set[str]] = {}
    path: list[str] = []
    for line in lines.splitlines():
        depth, package, licence, _ = line.split("|")
        name, version = package.split()[:2]
        it = component("cargo", name, version.removeprefix("v"), licence)
        if checksum := sums[name, it["version"]]:
            it["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        ref = it["bom-ref"]
        found.setdefault(ref, it)
        edges.setdefault(ref, set())
        path[int(depth) :] = [ref]
        if len(path) > 1:
            edges[path[-2]].add(ref)
    own, *crates = found.values()
    return own, crates, edges


def npm() -> list[dict]:
    """What is bundled into the screens."""
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    return [
        component("npm", path.removeprefix("node_modules/"), it["version"], it["license"])
        for path, it in lock["packages"].items()
        if path and not it.get("dev")
    ]


def debian() -> list[dict]:
    """What this machine added."""
    show = ["dpkg-query", "--show", "--showformat", "${Package} ${Version}\n", *DEBIAN]
    lines = subprocess.run(show, check=True, capture_output=True, text=True).stdout
    return [component("deb/debian", *line.split()) for line in lines.splitlines()]


def component(kind: str, name: str, version: str, licence: str = "") -> dict:
    purl = f"pkg:{kind}/{name.replace('@', '%40')}@{version.replace('+', '%2B')}"
    it = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if licence:
        # A few still write a slash, as one did before there were expressions.
        it["licenses"] = [{"expression": licence.replace("/", " OR ")}]
    return it


if __name__ == "__main__":
    main()
