"""Looks at what the programs are made of: from where it comes, under which licence, and whether what
guards secrets is there once. Reads lock files and what the crates say of themselves, so it needs no
network beyond what building needs. What is known to be broken it cannot know: see SECURITY.md.
Needs Python 3.11 and cargo.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CRATES = "registry+https://github.com/rust-lang/crates.io-index"
PROGRAMS = ("hub", "workers")
# What asks for nothing but to be named.
ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0",
    "CC0-1.0", "CDLA-Permissive-2.0", "ISC", "MIT", "MIT-0", "Unicode-3.0", "Unlicense", "Zlib",
}
# What we only work with and never give to anybody may ask for its own changes back.
ALLOWED_IN_TOOLS = ALLOWED | {"MPL-2.0"}
# Two versions of these in one program are two to look after, and one is forgotten.
ONCE = {"aws-lc-rs", "jsonwebtoken", "rustls", "rustls-webpki", "tungstenite", "webpki-roots"}
# One cryptography is enough, and that of the system is another on every machine.
NEVER = {"native-tls", "openssl", "openssl-sys", "ring"}


def main() -> int:
    crates, packages = cargo(), npm()
    faults = [*origins(), *packages, *crates]
    for program in PROGRAMS:
        faults += inside(program)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def origins() -> list[str]:
    """Crates from elsewhere than the registry, or of which nobody knows what was in them."""
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    members = set(re.findall(r'"([^"]+)"', members_line()))
    own = {tomllib.loads((ROOT / it / "Cargo.toml").read_text())["package"]["name"] for it in members}
    faults = []
    for it in lock["package"]:
        name, source = f"{it['name']} {it['version']}", it.get("source")
        if source is None and it["name"] not in own:
            faults.append(f"{name} comes from a folder")
        elif source not in (None, CRATES):
            faults.append(f"{name} comes from {source}")
        elif source and not it.get("checksum"):
            faults.append(f"{name} has no checksum")
    for page in ROOT.glob("hub/tests/**/requirements.txt"):
        for line in page.read_text().splitlines():
            if "==" not in line:
                faults.append(f"{page.name}: {line} may be any version")
    return faults


def members_line() -> str:
    text = (ROOT / "Cargo.toml").read_text()
    return re.search(r"^members = \[(.*?)\]", text, re.MULTILINE | re.DOTALL)[1]


def cargo() -> list[str]:
    """Crates under a licence that asks for more."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return [
        f"{it['name']} {it['version']} is under {it['license']}"
        for it in json.loads(done.stdout)["packages"]
        if not is_allowed(it["license"], ALLOWED)
    ]


def npm() -> list[str]:
    """The same of packages, and those of which nobody knows what was in them."""
    faults = []
    for folder in ("web", "hub/tests/clients"):
        lock = json.loads((ROOT / folder / "package-lock.json").read_text())
        for path, it in lock["packages"].items():
            name = f"{folder}: {path.removeprefix('node_modules/')} {it.get('version')}"
            # What the screens bundle is given away; what tests and builds with is not.
            is_tool = it.get("dev") or folder != "web"
            if not path:
                continue
            if not is_allowed(it.get("license"), ALLOWED_IN_TOOLS if is_tool else ALLOWED):
                faults.append(f"{name} is under {it.get('license')}")
            if it.get("link") or not it.get("integrity", "").startswith("sha512-"):
                faults.append(f"{name} has no checksum")
            if not it.get("resolved", "https://registry.npmjs.org/").startswith("https://registry."):
                faults.append(f"{name} comes from {it['resolved']}")
    return faults


def inside(program: str) -> list[str]:
    """What is in a program twice, or at all, and should not be."""
    tree = ["cargo", "tree", "--locked", "--package", program, "--edges", "normal", "--target", "all"]
    tree += ["--prefix", "none", "--format", "{p}"]
    done = subprocess.run(tree, check=True, capture_output=True, text=True, cwd=ROOT)
    found: dict[str, set[str]] = {}
    for line in done.stdout.splitlines():
        name, version = line.split()[:2]
        found.setdefault(name, set()).add(version)
    twice = [
        f"{program} has {name} {len(found[name])} times: {' '.join(sorted(found[name]))}"
        for name in sorted(ONCE & found.keys())
        if len(found[name]) > 1
    ]
    return twice + [f"{program} has {name}" for name in sorted(NEVER & found.keys())]


def is_allowed(expression: str | None, allowed: set[str]) -> bool:
    """Whether there is a way to keep to an expression of SPDX."""
    # A few still write a slash, as one did before there were expressions.
    text = (expression or "NONE").replace("/", " OR ").replace(" WITH ", "_WITH_")
    words = re.findall(r"[()]|[^\s()]+", text)

    def either() -> bool:
        is_kept = both()
        while words[:1] == ["OR"]:
            words.pop(0)
            is_kept = both() or is_kept
        return is_kept

    def both() -> bool:
        is_kept = one()
        while words[:1] == ["AND"]:
            words.pop(0)
            is_kept = one() and is_kept
        return is_kept

    def one() -> bool:
        word = words.pop(0)
        if word != "(":
            return word.replace("_WITH_", " WITH ") in allowed
        is_kept = either()
        words.pop(0)
        return is_kept

    return either()


if __name__ == "__main__":
    sys.exit(main())
