"""Starts what the tests beside it talk to, as programs: a Redis, the workers, and hubs.

Also the few words that all of them say to a hub, and the way to a Python package of their own.
"""

import base64
import hashlib
import hmac
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import venv
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
SECRET = "a secret that only this test knows of"
# How long anything may take on a busy machine.
PATIENCE_SECONDS = 60
# The same of what is fetched from elsewhere or built, and of a program that plays hundreds of cases.
INSTALL_SECONDS = 900
BUILD_SECONDS = 1800
PLAY_SECONDS = 1200

# Whoever is not answered over HTTP is told so.
socket.setdefaulttimeout(PATIENCE_SECONDS)


@dataclass(frozen=True)
class Hub:
    """A hub that is ready."""

    # For apps.
    url: str
    # For operators.
    admin: str
    pid: int


def installed(name: str, *requirements: str) -> Path:
    """An environment with these packages and no others; returns where its programs are."""
    place = ROOT / "target" / name
    note = place / "installed.txt"
    wish = "\n".join(requirements)
    if not note.exists() or note.read_text() != wish:
        venv.create(place, with_pip=True, clear=True)
        pip = [place / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *requirements], check=True, timeout=INSTALL_SECONDS)
        note.write_text(wish)
    return place / "bin"


def built(*what: str) -> None:
    """Builds the programs, as they would be started by hand, or others of the hub."""
    build = ["cargo", "build", "--package", "hub", "--package", "workers", *(what or ["--bins"])]
    subprocess.run(build, cwd=ROOT, check=True, timeout=BUILD_SECONDS)


def started(
    stack: ExitStack, hubs: int = 1, program: str = "hub", at: int = 0, **settings: str
) -> list[Hub]:
    """A Redis, unless there is one `at` a port, the workers and as many hubs; gone with `stack`."""
    directory = stack.enter_context(tempfile.TemporaryDirectory())
    redis = at or free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "REDIS_URL": f"redis://127.0.0.1:{redis}",
        "WORKERS_ADMIN_LISTEN": f"127.0.0.1:{free_port()}",
        "TOKEN_SECRET": SECRET,
        "DEV_TOKENS": "true",
        "PARTITIONS": "2",
        "RUST_LOG": "warn",
        **settings,
    }

    def start(*program: object, **own: str) -> int:
        process = subprocess.Popen(
            program, env=environment | own, stdout=subprocess.DEVNULL, cwd=directory
        )
        stack.callback(ended, process)
        return process.pid

    if not at:
        start("redis-server", "--port", str(redis), "--save", "", "--appendonly", "no")
    start(TARGET / "debug" / "workers")
    cast = []
    for _ in range(hubs):
        public, admin = (f"127.0.0.1:{free_port()}" for _ in range(2))
        pid = start(TARGET / "debug" / program, HUB_LISTEN=public, HUB_ADMIN_LISTEN=admin)
        cast.append(Hub(f"http://{public}", f"http://{admin}", pid))
    for hub in cast:
        wait_until_ready(hub)
    return cast


def ended(process: subprocess.Popen) -> None:
    """Ends a program: by asking it to, or if that is in vain by force, which is a fault."""
    process.terminate()
    try:
        # A hub takes its time to send everybody away.
        process.wait(2 * PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def wait_until_ready(hub: Hub) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{hub.admin}/readyz").close()
            return
        except OSError as error:
            if time.monotonic() > give_up_at:
                error.add_note(f"never ready: {hub}")
                raise
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def asked(url: str, method: str, path: str, body: object, token: str = "", key: str = "k") -> dict:
    """What a hub answers, if it is no refusal."""
    headers = {"content-type": "application/json", "idempotency-key": key}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        refused.add_note(f"{method} {path}: {refused.read().decode()}")
        raise


def described(url: str) -> dict:
    """The paths of a hub, as it describes them."""
    with urllib.request.urlopen(f"{url}/openapi.json") as answer:
        return json.load(answer)["paths"]


def example(url: str, method: str, path: str) -> dict:
    """A body that `path` takes."""
    body = described(url)[path][method]["requestBody"]
    return body["content"]["application/json"]["example"]


def token(role: str, name: str, seconds: float = 600) -> str:
    """A token that is good for so long, or was."""
    claims = {"sub": name, "role": role, "storeId": "s-1", "exp": int(time.time() + seconds)}

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    text = ".".join(part(json.dumps(it).encode()) for it in parts)
    signature = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{part(signature)}"
