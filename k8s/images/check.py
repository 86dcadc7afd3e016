"""Runs the images as a cluster would, without one: as nobody, on a file system that cannot be
written, without any privilege. What is run is read from the OCI layouts that build.sh wrote.

Beside a Redis of its own a hub answers on /readyz, an order goes through hub and workers and is paid,
keys are read from an issuer whose certificate the hub can check, and not from one whose it cannot, and
both programs leave when they are told to. Prints size and start time. Needs Python 3.11, redis-server,
bwrap and openssl.
"""

import http.server
import json
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

from container import AUTHORITIES, Container, Image

PROGRAMS = ("hub", "workers")
NOBODY = "65532:65532"
# Names that only /etc/hosts knows, so that looking up names is part of the test.
REDIS, ISSUER = "redis.test", "issuer.test"
SECRET = "a secret that only this check knows of"
STARTS = 5
PATIENCE_SECONDS = 60
# As long as it is seen that something does not happen.
WHILE_SECONDS = 3


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        images = {program: Image(program, place) for program in PROGRAMS}
        for program, image in images.items():
            holds_nothing_else(program, image)
        hosts = place / "hosts"
        hosts.write_text(f"127.0.0.1 localhost {REDIS} {ISSUER}\n")
        redis_port = free_port()
        redis = subprocess.Popen(
            ["redis-server", "--port", str(redis_port), "--save", "", "--dir", name],
            stdout=subprocess.DEVNULL,
        )
        try:
            common = {"REDIS_URL": f"redis://{REDIS}:{redis_port}", "RUST_LOG": "warn"}
            wait_for("Redis", lambda: socket.create_connection(("127.0.0.1", redis_port)).close())
            starts = {it: start_seconds(images[it], hosts, common) for it in PROGRAMS}
            an_order_goes_through(images, hosts, common)
            certificates_are_checked(images["hub"], hosts, common, place)
        finally:
            redis.kill()
            redis.wait()
        print("| image | compressed | unpacked | ready after |\n|---|---|---|---|")
        for program, image in images.items():
            sizes = [f"{it / 1e6:.1f} MB" for it in (image.bytes, image.unpacked_bytes)]
            print(f"| `{program}` | {' | '.join(sizes)} | {starts[program] * 1e3:.0f} ms |")
    return 0


def holds_nothing_else(program: str, image: Image) -> None:
    wanted = [program, f"{program}.cdx.json", AUTHORITIES]
    assert image.files == sorted(wanted), image.files
    assert image.config["User"] == NOBODY, image.config
    bom = json.loads((image.root / f"{program}.cdx.json").read_text())
    assert bom["metadata"]["component"]["name"] == program
    crates = {it["name"] for it in bom["components"]}
    assert {"tokio", "rustls", "libc6-dev"} <= crates, crates


def settings_of(program: str, common: dict) -> tuple[dict, str, str]:
    """Settings, and where its apps and its operators are."""
    apps, operators = (f"127.0.0.1:{free_port()}" for _ in range(2))
    own = {
        "hub": {
            "HUB_LISTEN": apps,
            "HUB_ADMIN_LISTEN": operators,
            "TOKEN_SECRET": SECRET,
            "DEV_TOKENS": "true",
            "DRAIN_SECONDS": "1",
        },
        "workers": {"WORKERS_ADMIN_LISTEN": operators},
    }
    return common | own[program], apps, operators


def start_seconds(image: Image, hosts: Path, common: dict) -> float:
    """From nothing to ready."""
    program = image.config["Entrypoint"][0].strip("/")
    times = []
    for _ in range(STARTS):
        settings, _, operators = settings_of(program, common)
        started = time.monotonic()
        container = Container(image, hosts, settings)
        wait_for("readiness", lambda: ask(operators, "/readyz"))
        times.append(time.monotonic() - started)
        status = container.status()
        assert status["CapEff"] == "0000000000000000", status["CapEff"]
        assert status["NoNewPrivs"] == "1", status["NoNewPrivs"]
        mounts = Path(f"/proc/{container.child}/mounts").read_text()
        [root] = [it.split()[3] for it in mounts.splitlines() if it.split()[1] == "/"]
        assert "ro" in root.split(","), root
        container.leave()
    return statistics.median(times)


def an_order_goes_through(images: dict[str, Image], hosts: Path, common: dict) -> None:
    settings, apps, operators = settings_of("hub", common)
    hub = Container(images["hub"], hosts, settings)
    workers = Container(images["workers"], hosts, settings_of("workers", common)[0])
    wait_for("readiness", lambda: ask(operators, "/readyz"))
    here = {"lat": 37.5540, "lng": 126.9101}
    menu = {"id": "m-1", "name": "국물떡볶이", "priceWon": 9000, "soldOut": False, "options": []}
    store = here | {
        "id": "s-1",
        "name": "달빛분식",
        "open": True,
        "paused": False,
        "deliveryRadiusMeters": 3000,
        "minTotalWon": 0,
        "openOrdersMax": 50,
        "defaultCookMinutes": 15,
        "autoAccept": False,
        "menu": [menu],
    }
    ask(apps, "/stores/s-1", store, token(apps, "operator", "o-1"), "PUT")
    basket = {
        "storeId": "s-1",
        "items": [{"menuId": "m-1", "quantity": 2, "options": []}],
        "address": {"text": "망원동 12길 3, 402호"} | here,
        "note": "",
        "payment": {"method": "card", "token": "tok_ok"},
    }
    order = ask(apps, "/orders", basket, token(apps, "customer", "c-1"), "POST")
    assert order["payment"]["state"] == "APPROVED", order["payment"]
    page = ask(apps, "/customer", raw=True)
    assert b"<!doctype html>" in page.lower(), "the web is not in the hub"
    assert b"make web" not in page, "the web is not in the hub"
    hub.leave()
    workers.leave()


def certificates_are_checked(image: Image, hosts: Path, common: dict, place: Path) -> None:
    """A hub is ready when it has keys: from an issuer that somebody vouches for whom it trusts."""
    key, certificate = place / "issuer.key", place / "issuer.crt"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    make += ["-nodes", "-keyout", key, "-out", certificate, "-days", "2"]
    make += ["-subj", f"/CN={ISSUER}", "-addext", f"subjectAltName=DNS:{ISSUER}"]
    # One that vouches for others does not vouch for itself as a server.
    make += ["-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run(make, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    issuer = Issuer(key, certificate)
    try:
        keys = f"https://{ISSUER}:{issuer.server_port}/keys"
        for authorities in (certificate, None):
            settings, _, operators = settings_of("hub", common | {"TOKEN_JWKS": keys})
            del settings["TOKEN_SECRET"]
            hub = Container(image, hosts, settings | {"DEV_TOKENS": "false"}, authorities)
            ready = lambda: ask(operators, "/readyz", raw=True)
            if authorities:
                wait_for("keys", ready)
            else:
                wait_for("an answer", lambda: reason(ready))
                time.sleep(WHILE_SECONDS)
                said = reason(ready)
                assert "waiting for the keys" in said, f"it took keys from anybody: {said}"
            hub.kill()
    finally:
        issuer.shutdown()


class Issuer(http.server.ThreadingHTTPServer):
    """Publishes one key, of which nobody has the other half."""

    KEYS = {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "use": "sig",
                "kid": "one",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            }
        ]
    }

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(Issuer.KEYS).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    def __init__(self, key: Path, certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), Issuer.Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_: object) -> None:
        """Whoever does not trust us hangs up; that is what is tested."""


def token(apps: str, role: str, sub: str) -> str:
    return ask(apps, "/dev/tokens", {"role": role, "sub": sub})["token"]


def ask(
    where: str,
    path: str,
    body: dict | None = None,
    token: str | None = None,
    method: str | None = None,
    raw: bool = False,
) -> object:
    request = urllib.request.Request(f"http://{where}{path}", method=method)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
        request.add_header("Idempotency-Key", str(uuid.uuid4()))
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    # Whatever proxy this machine uses for the world.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=PATIENCE_SECONDS) as answer:
        text = answer.read()
    is_json = answer.headers.get_content_type() == "application/json"
    return json.loads(text) if is_json and not raw else text


def reason(asking) -> str:
    """Why it is not ready."""
    try:
        return asking().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def wait_for(what: str, happens) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            happens()
            return
        except OSError:
            assert time.monotonic() < until, f"{what} did not come"
            time.sleep(0.002)


def free_port() -> int:
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


if __name__ == "__main__":
    if missing := [it for it in ("bwrap", "openssl", "redis-server") if not shutil.which(it)]:
        sys.exit(f"{', '.join(missing)} not found: make tools")
    sys.exit(main())
