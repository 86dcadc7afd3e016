"""Rehearses the scripts of this folder with six real redis-servers on as many loopback addresses.

They are joined, one is killed, one hands over, and then all of them come back under other addresses
at once; no key may be missing after any of it. What Kubernetes adds (names, volumes, zones) is a
list of addresses and some folders here. Needs redis-server.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
# In the order of peers.txt.
NODES = ("a-0", "b-0", "c-0", "a-1", "b-1", "c-1")
PAIRS = (("a-0", "b-1"), ("b-0", "c-1"), ("c-0", "a-1"))
KEYS = 1_000
PATIENCE_SECONDS = 120
LOG_LINES = 20
PASSWORD = "not-a-secret"


class Rehearsal:
    """Six nodes in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.addresses = {node: f"127.0.77.{11 + index}" for index, node in enumerate(NODES)}
        self.running: dict[str, subprocess.Popen] = {}
        for node in NODES:
            self.home(node).mkdir()

    def home(self, node: str) -> Path:
        return self.folder / node

    def furnish(self, node: str) -> None:
        """Gives a node that does not run its scripts: its own folders, and its own address to
        listen at. One that runs may be about to read them."""
        home = self.home(node)
        for path in (*HERE.glob("*.sh"), HERE / "redis.conf"):
            text = path.read_text().replace("/etc/redis", str(home)).replace("/data", str(home))
            text = text.replace("bind *", f"bind {self.addresses[node]}")
            home.joinpath(path.name).write_text(text)

    def name(self) -> None:
        """Tells everybody the addresses of today, as names would."""
        for node in NODES:
            peers = self.home(node) / "peers.txt"
            peers.write_text("\n".join(self.addresses[it] for it in NODES))

    def environment(self, node: str) -> dict[str, str]:
        own = {"POD_IP": self.addresses[node], "REDIS_PASSWORD": PASSWORD}
        return os.environ | own | {"REDISCLI_AUTH": PASSWORD}

    def log(self, node: str) -> Path:
        return self.folder / f"{node}.log"

    def start(self, node: str) -> None:
        self.furnish(node)
        command = ["sh", self.home(node) / "start.sh"]
        with self.log(node).open("a") as log:
            # A group of its own, so that what it started in the background ends with it.
            self.running[node] = subprocess.Popen(
                command, env=self.environment(node), stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, node: str) -> None:
        os.killpg(self.running[node].pid, signal.SIGKILL)
        self.running.pop(node).wait()

    def run(self, node: str, name: str) -> None:
        command, environment = ["sh", self.home(node) / name], self.environment(node)
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        limits = {"check": True, "timeout": PATIENCE_SECONDS}
        try:
            subprocess.run(command, env=environment, **streams, **limits)
        except subprocess.SubprocessError as error:
            self.give_up(f"{name} does it", (error.output or b"").decode())

    def ask(self, node: str, *words: str, script: str | None = None) -> str:
        ask = ["redis-cli", "-c", "-h", self.addresses[node], *words]
        environment = self.environment(node)
        limits = {"text": True, "timeout": PATIENCE_SECONDS}
        done = subprocess.run(ask, env=environment, input=script, capture_output=True, **limits)
        return done.stdout

    def leads(self, node: str) -> bool:
        return self.ask(node, "role").startswith("master")

    def follows(self, node: str, primary: str) -> bool:
        """Whether it could take over: before it has all that its primary has, it cannot."""
        role = self.ask(node, "role").split()
        has_all = role[3:4] == ["connected"]
        return self.leads(primary) and has_all and role[:2] == ["slave", self.addresses[primary]]

    def is_whole(self) -> bool:
        """Whether everybody sees everybody, where they are."""
        for node in NODES:
            known = self.ask(node, "cluster", "nodes")
            here = all(f" {address}:" in known for address in self.addresses.values())
            if not here or "fail" in known or known.count(" connected") != len(NODES):
                return False
        return True

    def keys(self) -> int:
        return sum(int(self.ask(node, "dbsize")) for node in self.running if self.leads(node))

    def ids(self) -> list[str]:
        return sorted(re.findall(r"^\w+", self.ask("a-0", "cluster", "nodes"), re.MULTILINE))

    def until(self, what: str, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            if time.monotonic() > end:
                self.give_up(what)
            time.sleep(0.5)
        print(f"ok  {what}")

    def give_up(self, what: str, *said: str) -> NoReturn:
        """Ends with all that may tell why."""
        for node in self.running:
            lately = self.log(node).read_text().splitlines()[-LOG_LINES:]
            said += (f"{node}:", self.ask(node, "cluster", "nodes"), *lately)
        sys.exit("\n".join([f"redis-cluster: never: {what}", *said]))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rehearsal = Rehearsal(Path(folder))
        try:
            rehearse(rehearsal)
        finally:
            for node in list(rehearsal.running):
                rehearsal.kill(node)


def rehearse(it: Rehearsal) -> None:
    it.name()
    for node in NODES:
        it.start(node)
    it.run("a-0", "join.sh")
    it.until("six nodes are one cluster", it.is_whole)
    for primary, replica in PAIRS:
        it.until(f"{replica} follows {primary}", partial(it.follows, replica, primary))
    it.ask("a-0", script="\n".join(f"SET key:{number} {number}" for number in range(KEYS)))
    it.until(f"{KEYS} keys are there", lambda: it.keys() == KEYS)

    it.kill("a-0")
    it.until("its replica takes the place of one that was killed", lambda: it.leads("b-1"))
    it.until("no key is missing", lambda: it.keys() == KEYS)
    it.addresses["a-0"] = "127.0.77.31"
    it.name()
    it.start("a-0")
    it.until("it comes back at another address and follows", lambda: it.follows("a-0", "b-1"))
    it.until("all know where it is", it.is_whole)

    it.run("b-0", "leave.sh")
    it.until("one that leaves has handed over", lambda: it.follows("b-0", "c-1"))
    it.until("no key is missing", lambda: it.keys() == KEYS)

    for node in NODES:
        it.kill(node)
    it.addresses = {node: f"127.0.77.{51 + index}" for index, node in enumerate(NODES)}
    it.name()
    for node in NODES:
        it.start(node)
    it.until("all come back at other addresses and find each other", it.is_whole)
    it.until("no key is missing", lambda: it.keys() == KEYS)

    before = it.ids()
    it.run("a-0", "join.sh")
    it.until("joining again changes nothing", lambda: it.ids() == before and it.keys() == KEYS)


if __name__ == "__main__":
    main()
