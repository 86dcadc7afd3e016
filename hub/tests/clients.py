"""Has client libraries, as they are published, talk to real hubs: a line for each case.

`centrifuge` from npm and `centrifuge-python` from PyPI, each in both encodings, and each with a
Redis, workers and two hubs of its own. Needs `redis-server`, Node.js 20 and Python 3.11; the
libraries themselves are installed under clients/node_modules and target/.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from stage import INSTALL_SECONDS, SECRET, asked, built, ended, example, installed, started, token

CLIENTS = Path(__file__).resolve().parent / "clients"
ENCODINGS = ("json", "protobuf")
# The last case of each stops a hub, and nobody wants to wait long for that.
SETTINGS = {"DRAIN_SECONDS": "4"}


def main() -> int:
    requirements = (CLIENTS / "requirements.txt").read_text().split()
    python = installed("clients", *requirements) / "python"
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    limits = {"check": True, "timeout": INSTALL_SECONDS}
    subprocess.run(npm, cwd=CLIENTS, stdout=subprocess.DEVNULL, **limits)
    built()
    runs = [
        (name, program, encoding)
        for name, program in (
            ("centrifuge", ["node", CLIENTS / "javascript.mjs"]),
            ("centrifuge-python", [python, CLIENTS / "python.py"]),
        )
        for encoding in ENCODINGS
    ]
    # Mostly they wait.
    with ThreadPoolExecutor(len(runs)) as pool:
        codes = list(pool.map(lambda run: talk(*run), runs))
    failed = [f"{name} ({encoding})" for (name, _, encoding), code in zip(runs, codes) if code]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def talk(name: str, program: list, encoding: str) -> int:
    """Lets one library talk, on a stage of its own; returns how that ended."""
    with ExitStack() as stack:
        hubs = started(stack, 2, **SETTINGS)
        url = hubs[0].url
        store = example(url, "put", "/stores/{storeId}")
        asked(url, "PUT", "/stores/s-1", store, token("store", "cook"))
        stage = {
            "encoding": encoding,
            "secret": SECRET,
            "hubs": [{"url": hub.url, "pid": hub.pid} for hub in hubs],
            "store": store,
            "basket": example(url, "post", "/orders"),
        }
        environment = os.environ | {
            "STAGE": json.dumps(stage),
            "PYTHONPATH": str(CLIENTS.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        process = subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, text=True)
        stack.callback(ended, process)
        # It has a limit for each of its cases.
        for line in process.stdout:
            print(f"{name} {encoding:8} {line}", end="", flush=True)
        return process.wait()


if __name__ == "__main__":
    sys.exit(main())
