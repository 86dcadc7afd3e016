"""Tries on a hub's sockets everything that the Autobahn suite knows of WebSockets.

Kosoku plays its cases against examples/echo.rs, which takes connections as the hub does. Fails at
any case that failed, and at any that the hub is said not to have, but for compression. Needs
`redis-server` and Python 3.11; Kosoku itself is installed under target/.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from stage import PLAY_SECONDS, built, installed, started

REQUIREMENT = "kosoku==0.1.0"
FINE = {"OK", "INFORMATIONAL", "NON-STRICT"}
# The hub offers no compression: its messages are small, and every socket would keep a window.
COMPRESSION = ("12.", "13.")
# So that a suite that learnt to skip is noticed.
CASES_MIN = 500


def main() -> int:
    kosoku = installed("autobahn", REQUIREMENT) / "kosoku"
    built("--bins", "--example", "echo")
    with ExitStack() as stack:
        report = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        [hub] = started(stack, program="examples/echo", DRAIN_SECONDS="0")
        url = f"{hub.url.replace('http', 'ws', 1)}/echo"
        play = [kosoku, "-m", "fuzzingclient", "-p", "2", "-o", report, url]
        # Ends badly as soon as anything is unimplemented.
        how = {"check": False, "capture_output": True, "text": True, "timeout": PLAY_SECONDS}
        played = subprocess.run(play, **how)
        if not (report / "index.json").exists():
            sys.exit(played.stdout + played.stderr)
        [cases] = json.loads((report / "index.json").read_text()).values()
    counts = Counter()
    failed = []
    for name, case in sorted(cases.items()):
        fine = FINE | {"UNIMPLEMENTED"} if name.startswith(COMPRESSION) else FINE
        counts[case["behavior"]] += 1
        if not {case["behavior"], case["behaviorClose"]} <= fine:
            failed.append(name)
            print(f"{name}: {case}", file=sys.stderr)
    print(f"{len(cases)} cases: {dict(counts)}")
    return 1 if failed or len(cases) < CASES_MIN else 0


if __name__ == "__main__":
    sys.exit(main())
