"""Rehearses with real programs what k8s/GUIDE.md and k8s/RUNBOOKS.md say of bad days, and prints how
long each part takes: a backup while orders are placed, a Redis that is lost with its disk and restored
from it, a read side made anew, and orders that are stuck because of a bug and repaired by an operator.
Needs `redis-server`, `redis-cli` and Python 3.11.
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stage import PATIENCE_SECONDS, TARGET, asked, built, example, free_port, started, token

# So that a refund needs a person soon.
SETTINGS = {"REFUND_TRIES": "2", "PAYMENT_ANSWER_SECONDS": "2", "LOG_FORMAT": "json"}
CUSTOMERS = 5
# Orders acknowledged before the backup, and after it.
BEFORE, AFTER = 20, 10
OPERATOR = token("operator", "o-1")
COOK = token("store", "cook")


def main() -> int:
    built()
    with ExitStack() as stack:
        redis = Redis(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        stack.callback(redis.kill)
        redis.start()
        [hub, other] = started(stack, 2, at=redis.port, **SETTINGS)
        shop = example(hub.url, "put", "/stores/{storeId}") | {"openOrdersMax": 1000}
        asked(hub.url, "PUT", "/stores/s-1", shop, COOK)
        restore(redis, hub.url, other.url)
        rebuild(redis, hub.url)
        refund(hub.url)
        poison(redis, hub.url)
    return 0


def restore(redis: "Redis", url: str, other: str) -> None:
    """Redis is lost while everybody works, and what comes back is some orders older."""
    trade = Trade(url)
    first = trade.places()
    screen = Screen(other, f"order:{first}", token("customer", "c-0"))
    with trade.goes_on():
        until("orders are placed", lambda: len(trade.acknowledged) >= BEFORE)
        backup = redis.folder / "backup.rdb"
        with timed("a backup while orders are placed"):
            began = time.monotonic()
            redis.ask("--rdb", str(backup))
            ended = time.monotonic()
        enough = len(trade.acknowledged) + AFTER
        until("more are placed", lambda: len(trade.acknowledged) >= enough)
        # The machine is gone, and its disk.
        redis.kill()
        shutil.rmtree(redis.folder / "data")
        gone = time.monotonic()
        until("somebody is asked to come back", lambda: trade.refused > 0)
        with timed("from an empty disk to a Redis that answers"):
            redis.restore(backup)
        until("an order is placed", lambda: trade.acknowledged[-1].at > gone)
        say("from then on to the first order", trade.first_after(gone) - redis.answered_at)
    known = {it.id: asked_status(url, it) for it in trade.acknowledged}
    safe = [it for it in trade.acknowledged if it.at < began]
    lost = [it for it in trade.acknowledged if known[it.id] == 404]
    insist(all(known[it.id] == 200 for it in safe), "what was acknowledged before a backup is in it")
    late = [it for it in trade.acknowledged if it.asked_at > ended and it.at < gone]
    insist(late and all(known[it.id] == 404 for it in late), "nothing of what came after it is")
    insist(len(safe) + len(lost) > BEFORE and all(began < it.at < gone for it in lost), "nor else")
    print(f"    {len(safe)} kept, {len(lost)} lost that were acknowledged after it, {trade.refused} "
          "asked to come again, none of them told anything else")
    # Whoever was told of an order that is lost can order under the same key.
    again = trade.asks(lost[-1].key)
    insist(again and again.id != lost[-1].id, "a key that was forgotten can be used again")
    insist(screen.was_told_to_look_again(), "open screens are told to look again")
    for where in (url, other):
        found = Screen(where, f"order:{first}", token("customer", "c-0"), screen.last_id)
        until("a snapshot", lambda: found.events)
        insist(found.events[0] == "snapshot", "who comes back with an old place looks again")
        insist(found.last_id.split(":")[0] != screen.last_id.split(":")[0], "in another epoch")
    with timed("from there to every order at rest or with its store"):
        until("all are paid", lambda: not stuck(url))
    # As it will start from now on.
    redis.kill()
    redis.start()
    until("it is answered again", lambda: asked_status(url, safe[0]) == 200)
    insist(asked_status(url, again) == 200, "what came after the restore is in the new log of Redis")


def rebuild(redis: "Redis", url: str) -> None:
    """The read side, made anew, is what it was."""
    trade = Trade(url)
    orders = [trade.places() for _ in range(CUSTOMERS * 2)]
    for order in orders[::2]:
        asked(url, "PUT", f"/storeOrders/{order}/reject", {"reason": "SOLD_OUT"}, COOK, order)
    until("all is told", lambda: not stuck(url) and all(is_told(url, it) for it in people()))
    before = read_sides(url)
    environment = os.environ | {"REDIS_URL": redis.url, "PARTITIONS": "2"}

    def run() -> str:
        program = [TARGET / "debug" / "workers", "rebuild"]
        limits = {"check": True, "timeout": PATIENCE_SECONDS}
        done = subprocess.run(program, env=environment, capture_output=True, text=True, **limits)
        return done.stderr.splitlines()[-1]

    with timed("the read side of everybody, made anew"):
        told = run()
    print(f"    {told}")
    insist(read_sides(url) == before, "it is what it was")
    for kind in ("statuses", "recent", "alerts"):
        redis.ask("DEL", *redis.keys(f"{kind}:*"))
    insist(read_sides(url) != before, "then it was lost")
    run()
    insist(read_sides(url) == before, "and is there again")


def refund(url: str) -> None:
    """A refund that never succeeds is found, tried again, and settled by hand."""
    trade = Trade(url)
    order = trade.places("tok_refund_never")
    asked(url, "PUT", f"/orders/{order}/cancel", {}, trade.customer(order), order)
    until("it needs a person", lambda: stuck(url).get(order) == "REFUND_STUCK")
    with timed("a refund that needs a person, from /ops/stuck to settled"):
        asked(url, "PUT", f"/payments/{order}/retryRefund", {}, OPERATOR, "again")
        until("it needs a person again", lambda: stuck(url).get(order) == "REFUND_STUCK")
        body = {"reference": "bank-7"}
        asked(url, "PUT", f"/payments/{order}/settle", body, OPERATOR, "settle")
        insist(order not in stuck(url), "nothing is owed any more")
    payments = get(url, f"/payments?orderId={order}", OPERATOR)["payments"]
    insist(payments[0]["state"] == "REFUNDED" and payments[0]["charges"] == 1, "and it shows")


def poison(redis: "Redis", url: str) -> None:
    """What a bug wrote about one order, in its log and in the feed, holds nobody else up."""
    trade = Trade(url)
    broken, whole = trade.places(), trade.places()
    until("the board has both", lambda: {broken, whole} <= board(url))
    [log] = redis.keys(f"log:*:{broken}")
    tag = log.split(":")[1]
    event = '{"at":1,"by":"system","command":"0193a6f0-0000-7000-8000-00000000000a","event":"OfABug"}'
    redis.ask("RPUSH", log, f"999999 {event}")
    redis.ask(
        "EVAL",
        "return redis.call('XADD', KEYS[1], redis.call('INCR', KEYS[2])..'-0', 'k', 'bug', 'o', ARGV[1])",
        "2", f"feed:{tag}", f"sequence:{tag}", broken,
    )

    def letters() -> list[str]:
        return [it["id"] for it in get(url, "/ops/dead", OPERATOR)["dead"] if it["orderId"] == broken]

    until("it is among the dead", lambda: letters())
    insist(whole in board(url) and broken not in board(url), "the board goes on without it")
    path = "/storeOrders/{}/accept"
    insist(status(url, "PUT", path.format(broken), COOK) == 503, "nobody builds on what is broken")
    insist(status(url, "PUT", path.format(whole), COOK) == 200, "and everybody on the rest")
    with timed("an order that a bug broke, from /ops/dead to its store's next tap"):
        insist(redis.ask("LINDEX", log, "-1").startswith("999999 "), "the last is what the bug wrote")
        redis.ask("RPOP", log)

        def has_retried() -> bool:
            for letter in letters():
                status(url, "PUT", f"/ops/dead/{letter}/retry", OPERATOR)
            return not letters()

        until("nothing is given up any more", has_retried)
        insist(status(url, "PUT", path.format(broken), COOK) == 200, "it goes on where it was")
    insist({broken, whole} <= board(url), "and is back on the board")


class Redis:
    """As GUIDE.md has it: a log, synced every second, in a folder that can be lost."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None
        self.answered_at = 0.0

    def start(self, appendonly: str = "yes") -> None:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--dir", str(data), "--appendonly", appendonly, "--maxmemory-policy", "noeviction"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until("Redis answers", lambda: self.ask("PING", check=False).strip() == "PONG")
        self.answered_at = time.monotonic()

    def restore(self, backup: Path) -> None:
        """With its log switched on at once it would begin with an empty one."""
        data = self.folder / "data"
        data.mkdir()
        shutil.copy(backup, data / "dump.rdb")
        self.start(appendonly="no")
        self.ask("CONFIG", "SET", "appendonly", "yes")
        until("the log is written", lambda: "aof_rewrite_in_progress:0" in self.ask("INFO") and
              "aof_last_bgrewrite_status:ok" in self.ask("INFO"))

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def ask(self, *words: str, check: bool = True) -> str:
        ask = ["redis-cli", "-p", str(self.port), *words]
        limits = {"check": check, "timeout": PATIENCE_SECONDS}
        return subprocess.run(ask, capture_output=True, text=True, **limits).stdout

    def keys(self, pattern: str) -> list[str]:
        return self.ask("--scan", "--pattern", pattern).split()


@dataclass
class Acknowledged:
    """An order that somebody was told is placed."""

    id: str
    key: str
    customer: str
    asked_at: float
    at: float


@dataclass
class Trade:
    """Customers who order, one after the other."""

    url: str
    acknowledged: list[Acknowledged] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        self.basket = example(self.url, "post", "/orders")

    def places(self, card: str = "tok_ok") -> str:
        order = self.asks(str(uuid.uuid4()), card)
        insist(order is not None, "an order can be placed")
        return order.id

    def asks(self, key: str, card: str = "tok_ok") -> Acknowledged | None:
        """Orders under this key, and keeps what is acknowledged."""
        customer = f"c-{len(self.acknowledged) % CUSTOMERS}"
        body = self.basket | {"payment": {"method": "card", "token": card}}
        asked_at = time.monotonic()
        try:
            order = asked(self.url, "POST", "/orders", body, token("customer", customer), key)
        except urllib.error.HTTPError as refusal:
            insist(refusal.code == 503 and refusal.headers["retry-after"], "try later, and no more")
            self.refused += 1
            return None
        told = Acknowledged(order["id"], key, customer, asked_at, time.monotonic())
        if order["state"] != "PAYMENT_PENDING":
            self.acknowledged.append(told)
        return told

    def customer(self, order: str) -> str:
        [name] = [it.customer for it in self.acknowledged if it.id == order]
        return token("customer", name)

    @contextmanager
    def goes_on(self) -> Iterator[None]:
        """Orders and orders, meanwhile."""
        is_over = threading.Event()

        def run() -> None:
            while not is_over.wait(0.02):
                self.asks(str(uuid.uuid4()))

        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(run)
            try:
                yield
            finally:
                is_over.set()
                running.result()

    def first_after(self, instant: float) -> float:
        return next(it.at for it in self.acknowledged if it.at > instant)


class Screen:
    """Follows a channel as a page without a library does."""

    def __init__(self, url: str, channel: str, who: str, last_id: str = "") -> None:
        self.events: list[str] = []
        self.last_id = last_id
        headers = {"authorization": f"Bearer {who}"} | ({"last-event-id": last_id} if last_id else {})
        request = urllib.request.Request(f"{url}/events?channel={channel}", headers=headers)
        self.stream = urllib.request.urlopen(request, timeout=PATIENCE_SECONDS)
        threading.Thread(target=self.read, daemon=True).start()
        until("a first event", lambda: self.events)

    def read(self) -> None:
        try:
            for line in self.stream:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event":
                    self.events.append(value)
                elif name == "id":
                    self.last_id = value
        except (OSError, http.client.HTTPException):
            pass
        self.events.append("end")

    def was_told_to_look_again(self) -> bool:
        until("it is told", lambda: {"unsubscribe", "end"} & set(self.events))
        return True


def get(url: str, path: str, who: str) -> dict:
    request = urllib.request.Request(url + path, headers={"authorization": f"Bearer {who}"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def status(url: str, method: str, path: str, who: str) -> int:
    headers = {"authorization": f"Bearer {who}"}
    request = urllib.request.Request(url + path, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def asked_status(url: str, order: Acknowledged) -> int:
    return status(url, "GET", f"/orders/{order.id}", token("customer", order.customer))


def stuck(url: str) -> dict[str, str]:
    return {it["id"]: it["payment"]["state"] for it in get(url, "/ops/stuck", OPERATOR)["orders"]}


def board(url: str) -> set[str]:
    return {it["orderId"] for it in get(url, "/storeOrders", COOK)["tickets"]}


def read_sides(url: str) -> list[dict]:
    paths = ("/orderStatuses?limit=100", "/logs?limit=100")
    return [in_order(get(url, path, who)) for who in people() for path in paths]


def people() -> list[str]:
    """The tokens of all customers."""
    return [token("customer", f"c-{number}") for number in range(CUSTOMERS)]


def in_order(told: dict) -> list[str]:
    """Those of different orders are told side by side."""
    return sorted(json.dumps(it, sort_keys=True) for it in next(iter(told.values())))


def is_told(url: str, who: str) -> bool:
    """Whether the read side has come as far as the newest orders of a customer."""
    told = get(url, "/orderStatuses?limit=100", who)["orderStatuses"]
    versions = {it["orderId"]: it["version"] for it in told}
    orders = get(url, "/orders?limit=100", who)["orders"]
    return all(versions.get(it["id"]) == it["version"] for it in orders)


def until(what: str, is_so: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > end:
            sys.exit(f"recovery: never: {what}")
        time.sleep(0.05)


def insist(is_so: object, what: str) -> None:
    if not is_so:
        sys.exit(f"recovery: not so: {what}")


def say(what: str, seconds: float) -> None:
    print(f"ok  {what}: {seconds:.1f} s", flush=True)


@contextmanager
def timed(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    say(what, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
