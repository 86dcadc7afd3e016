"""What others know of manifests: schemas, types of extensions, a security scan."""

import json
import subprocess
from pathlib import Path

from checks.cluster import Cluster, name
from checks.tools import PLACE, SECONDS_MAX, python

OLDEST, NEWEST = "1.33", "1.37"
# Which package has the types of an API group.
PACKAGES = {
    "external-secrets.io": "external-secrets",
    "gateway.networking.k8s.io": "gateway-api",
    "karpenter.k8s.aws": "karpenter",
    "karpenter.sh": "karpenter",
    "keda.sh": "keda",
    "monitoring.coreos.com": "prometheus-operator",
}
# Of these no registry has types, so only a cluster can tell.
UNTYPED = {"gateway.k8s.aws"}
# What the scan would like and does not get, and why.
EXCEPTIONS = {
    "CKV_K8S_11": "no limit on the processor: being throttled is being slow for thousands at once",
    "CKV_K8S_15": "images are pinned, so a node may start what it has while the registry is away",
    "CKV_K8S_35": "programs read the environment and nothing else; no shell could print it",
    "CKV_K8S_43": "the digest is set by whoever releases, see GUIDE.md",
}

# Each of them says itself what it finds.
LIMITS = {"check": False, "capture_output": True, "text": True, "timeout": SECONDS_MAX}


def strictly(rendered: Path) -> list[str]:
    """Fields and types of Kubernetes, oldest and newest that is supported."""
    faults = []
    for version in (OLDEST, NEWEST):
        validate = [python(), "-m", "kubernetes_validate", "--strict", "-k", version, rendered]
        done = subprocess.run(validate, **LIMITS)
        if done.returncode:
            faults.append(f"on {version}: {done.stdout}{done.stderr}")
    return faults


def types(clusters: list[Cluster]) -> list[str]:
    """Fields, types and words of the extensions: each object compiles as a literal of its type."""
    faults, lines = [], []
    for cluster in clusters:
        for it in cluster.everything:
            group, _, version = it["apiVersion"].rpartition("/")
            if (
                group in UNTYPED
                or "." not in group
                or group.endswith(".k8s.io")
                and group not in PACKAGES
            ):
                continue
            if group not in PACKAGES:
                faults.append(f"{cluster.overlay}: nobody checks the types of {group}")
                continue
            kind, own = it["kind"], f"it{len(lines)}"
            module = f"@kubernetes-models/{PACKAGES[group]}/{group}/{version}/{kind}"
            lines.append(
                f'import type {{ I{kind} as T{own} }} from "{module}"; '
                f"/* {cluster.overlay} {kind} {name(it)} */ "
                f"export const {own}: T{own} = {json.dumps(it)};"
            )
    PLACE.joinpath("types.ts").write_text("\n".join(lines))
    options = ["--noEmit", "--strict", "--skipLibCheck", "--pretty", "false"]
    modules = ["--module", "preserve", "--moduleResolution", "bundler", "--target", "es2022"]
    compile = [
        PLACE / "node_modules" / ".bin" / "tsc",
        *options,
        *modules,
        "--types",
        "",
        "types.ts",
    ]
    done = subprocess.run(compile, cwd=PLACE, **LIMITS)
    for line in (done.stdout + done.stderr).splitlines():
        place = line.partition("types.ts(")[2].partition(",")[0]
        what = lines[int(place) - 1].split("*/")[0].split("/*")[1].strip() if place else ""
        faults.append(f"types: {what}: {line}")
    return faults


def security(rendered: list[Path]) -> list[str]:
    """What checkov finds, without asking anybody outside."""
    files = [part for it in rendered for part in ("-f", it)]
    scan = [PLACE / "bin" / "checkov", *files, "--framework", "kubernetes", "--output", "json"]
    quiet = ["--quiet", "--compact", "--skip-download", "--skip-check", ",".join(EXCEPTIONS)]
    done = subprocess.run([*scan, *quiet], **LIMITS)
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError:
        return [f"security: {done.stdout}{done.stderr}"]
    if not report["summary"]["passed"]:
        return ["security: nothing was looked at"]
    found = []
    for it in report["results"]["failed_checks"]:
        what = f"{it['check_id']} {it['check_name']}"
        found.append(f"security: {Path(it['file_path']).stem} {it['resource']}: {what}")
    return found
