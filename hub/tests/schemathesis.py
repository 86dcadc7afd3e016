"""Asks a real hub everything that its description allows, and much that it does not.

Starts a Redis, the workers and a hub of their own, signs four people and a guest in, and lets
Schemathesis make up requests from /openapi.json in the name of each. Fails at a 5xx other than a
described one, and at any answer that is not described. Needs `redis-server` and Python 3.11;
Schemathesis itself is installed under target/.
"""

import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from stage import PLAY_SECONDS, asked, built, described, example, installed, started

REQUIREMENT = "schemathesis==4.32.5"
# So that an order stays cooked while it is looked at.
SETTINGS = {"PAYMENT_ANSWER_SECONDS": "1", "UNDO_SECONDS": "600"}
# The same requests every time, so that a failure can be looked at again.
SEED = "20"
EXAMPLES_MAX = "12"
# A long poll is as long as one asks for.
BRIEFLY = '[parameters]\n"query.waitSeconds" = 1\n'
# Entries die of bugs only, and there is none at hand.
NEVER = {"PUT /ops/dead/{id}/retry"}
# What has no end, and what it is commanded by: they have tests of their own.
LIVE = ["/connection/websocket", "/connection/http_stream", "/emulation", "/events"]
ACCEPTED = [("store", "/storeOrders/{orderId}/accept")]
COOKING = [*ACCEPTED, ("store", "/storeOrders/{orderId}/startCook")]
COOKED = [*COOKING, ("store", "/storeOrders/{orderId}/finishCook")]
CANCELED = [("customer", "/orders/{orderId}/cancel")]
# What has to have happened to an order, by whom, for an operation to have its way.
ALMOST_THERE = {
    "customer": {"/orders/{orderId}/problems": ACCEPTED, "/orders/{orderId}/cancel": []},
    "store": {
        "/storeOrders/{orderId}/accept": [],
        "/storeOrders/{orderId}/reject": [],
        "/storeOrders/{orderId}/startCook": ACCEPTED,
        "/storeOrders/{orderId}/delay": ACCEPTED,
        "/storeOrders/{orderId}/cancel": ACCEPTED,
        "/storeOrders/{orderId}/finishCook": COOKING,
        "/storeOrders/{orderId}/undo": COOKING,
    },
    "rider": {
        "/deliveries/{orderId}/claim": COOKED,
        "/deliveries/{orderId}/pick": COOKED,
        "/deliveries/{orderId}/release": [*COOKED, ("rider", "/deliveries/{orderId}/claim")],
        "/deliveries/{orderId}/confirm": [*COOKED, ("rider", "/deliveries/{orderId}/pick")],
    },
    "operator": {
        "/payments/{orderId}/retryRefund": CANCELED,
        "/payments/{orderId}/settle": CANCELED,
        "/ops/orders/{orderId}/cancel": [],
        "/ops/orders/{orderId}/reassign": [*COOKED, ("courier", "/deliveries/{orderId}/pick")],
        "/ops/orders/{orderId}/complete": [*COOKED, ("courier", "/deliveries/{orderId}/pick")],
    },
}
CHECKS = ",".join([
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "missing_required_header",
    "ignored_auth",
])


def main() -> int:
    schemathesis = installed("schemathesis", REQUIREMENT) / "st"
    built()
    with ExitStack() as stack:
        [hub] = started(stack, **SETTINGS)
        url = hub.url
        people = {role: signed_in(url, role) for role in ("customer", "store", "rider", "operator")}
        people["guest"] = shared(url, people)
        config = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "schemathesis.toml"
        failed = []
        for role, token in people.items():
            config.write_text(given_away(url, people, role))
            print(f"== {role}", flush=True)
            if run(schemathesis, config, url, token).returncode != 0:
                failed.append(role)
        # With ids of nothing, and no job that would keep anybody from going home.
        print("== newcomer", flush=True)
        config.write_text(BRIEFLY)
        newcomer = signed_in(url, "rider", "newcomer")
        if run(schemathesis, config, url, newcomer).returncode != 0:
            failed.append("newcomer")
        idle = never_succeeded(hub.admin, url)
    if idle:
        print(f"never once had their way: {', '.join(idle)}", file=sys.stderr)
    if failed:
        print(f"undescribed answers in the name of: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed or idle else 0


def signed_in(url: str, role: str, name: str = "") -> str:
    wish = {"role": role, "sub": name or f"{role}-1", "storeId": "s-1"}
    return asked(url, "POST", "/dev/tokens", wish)["token"]


def shared(url: str, people: dict[str, str]) -> str:
    """The token of somebody whom the customer shows the order that guests ask for below."""
    order = staged(url, people, "guest-any", [])
    return asked(url, "POST", f"/orders/{order}/share", {}, people["customer"])["token"]


def given_away(url: str, people: dict[str, str], role: str) -> str:
    """Settings with ids that stand for something: nobody would ever guess the id of an order."""
    any_order = staged(url, people, f"{role}-any", [])
    settings = f'{BRIEFLY}"path.orderId" = "{any_order}"\n"path.storeId" = "s-1"\n'
    for path, steps in ALMOST_THERE.get(role, {}).items():
        order = staged(url, people, f"{role}-{path}", steps)
        settings += f'[[operations]]\ninclude-path = "{path}"\n'
        settings += f'parameters = {{ "path.orderId" = "{order}" }}\n'
    return settings


def staged(url: str, people: dict[str, str], name: str, steps: list[tuple[str, str]]) -> str:
    """A store and an order that has come so far; returns the order's id."""
    def put(actor: str, path: str, body: object = None) -> None:
        asked(url, "PUT", path, body or {}, people[actor], key=name)

    store = example(url, "put", "/stores/{storeId}")
    put("store", "/stores/s-1", store)
    basket = example(url, "post", "/orders")
    order = asked(url, "POST", "/orders", basket, people["customer"], key=name)["id"]
    if any(actor == "courier" for actor, _ in steps):
        # One for each, because nobody holds more than three jobs.
        people = people | {"courier": signed_in(url, "rider", f"courier-{order}")}
    for rider in {"rider", "courier"} & people.keys():
        put(rider, "/riders/me/online")
        try:
            put(rider, "/riders/me/location", {"lat": store["lat"], "lng": store["lng"]})
        except urllib.error.HTTPError as refused:
            # Said often enough already.
            if refused.code != 429:
                raise
    for actor, path in steps:
        put(actor, path.format(orderId=order))
    return order


def never_succeeded(admin: str, url: str) -> list[str]:
    """Operations of which nothing but refusals was seen, so that little was learnt of them."""
    with urllib.request.urlopen(f"{admin}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    seen = {}
    for line in lines:
        if line.startswith("hub_requests_total{"):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', line))
            name = f"{labels['method']} {labels['route']}"
            seen.setdefault(name, set()).add(labels["status"])
    paths = described(url).items()
    names = sorted(f"{method.upper()} {path}" for path, methods in paths for method in methods
                   if path not in LIVE)
    for name in names:
        print(f"{name}: {' '.join(sorted(seen.get(name, ())))}")
    return [name for name in names if name not in NEVER and
            not any(it < "300" for it in seen.get(name, ()))]


def run(program: Path, config: Path, url: str, token: str) -> subprocess.CompletedProcess:
    return subprocess.run([
        program, "--config-file", config, "run", f"{url}/openapi.json",
        "--header", f"Authorization: Bearer {token}",
        *(f"--exclude-path={path}" for path in LIVE),
        "--checks", CHECKS, "--phases", "examples,coverage,fuzzing",
        "--max-examples", EXAMPLES_MAX, "--seed", SEED, "--generation-deterministic",
        # Python 3.11 counts how deep the syntax trees of all threads together are, and fails now
        # and then where two of them read one (its issue 106905).
        "--workers", "1", "--continue-on-failure", "--warnings", "off",
        "--request-timeout", "10", "--suppress-health-check", "all",
    ], cwd=config.parent, check=False, timeout=PLAY_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
