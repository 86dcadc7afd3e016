"""A dinner rush on paper: from 10,000 sockets to a million and back, a lost zone, a rollout.

Hubs come and go by the autoscaler's own formula with the numbers of the manifests themselves, so
what is shown cannot drift from them; what the world does is in `measured.json`, in one table.
Without arguments it prints what happens; `--write` puts it into CAPACITY.md and rush.svg; `--check`
fails if something does not hold, or if what is written there is of other numbers. Needs Python 3.11
and what `check.py` installs.
"""

import argparse
import math
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from checks import tools
from checks.cluster import Cluster
from model import evening, inputs, picture, promises, tables
from model.evening import Evening, Scenario
from model.inputs import Inputs

HERE = Path(__file__).resolve().parent
PAGE, PICTURE = HERE / "CAPACITY.md", HERE / "rush.svg"
FOLDER = "overlays/eks"
# How fast a rush may be is looked for among these, in minutes.
STEEPNESS = (60, 45, 30, 20, 15, 10, 5)
LEAST = (3, 10, 30)


def main() -> int:
    known = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known.add_argument("--write", action="store_true", help="write the tables and the picture anew")
    known.add_argument("--check", action="store_true", help="fail if something does not hold")
    arguments = known.parse_args()
    tools.install()
    numbers = inputs.read(Cluster(FOLDER, tools.objects(tools.render(FOLDER))))
    with ProcessPoolExecutor() as others:
        searching = {it: others.submit(fastest, numbers, it) for it in LEAST}
        living = [others.submit(spend, numbers, it) for it in range(len(evening.scenarios()))]
        instead = [
            (sentence, index, others.submit(spend, other, index))
            for sentence, index, other in otherwise(numbers)
        ]
        evenings = [it.result() for it in living]
        told = {
            "evenings": tables.evenings(numbers, evenings),
            "steepness": tables.steepness({least: it.result() for least, it in searching.items()}),
            "otherwise": tables.otherwise(
                numbers, [(it, evenings[index], other.result()) for it, index, other in instead]
            ),
            "larger": tables.larger(numbers),
            "limits": tables.limits(numbers),
            "sizes": tables.sizes(numbers),
            "beside": tables.beside(numbers),
            "inputs": tables.inputs(),
        }
    print(*(told[it] for it in ("evenings", "otherwise", "steepness", "limits")), sep="\n\n")
    page, drawn = filled(PAGE.read_text(), told), picture.draw(evenings)
    if arguments.write:
        PAGE.write_text(page)
        PICTURE.write_text(drawn)
    faults = promises.broken(numbers, evenings)
    if page != PAGE.read_text() or not PICTURE.exists() or drawn != PICTURE.read_text():
        faults.append("CAPACITY.md or rush.svg is of other numbers: python3 k8s/rush.py --write")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults and arguments.check else 0


def spend(numbers: Inputs, index: int) -> Evening:
    """Lives through one of the scenarios."""
    lived = evening.spend(numbers, evening.scenarios()[index])
    # How people come is a function, which stays in its process.
    lived.scenario = replace(lived.scenario, people=evening.flat)
    return lived


def otherwise(numbers: Inputs) -> list[tuple[str, int, Inputs]]:
    """The same with one number turned, and the scenario in which that shows."""
    hub, scaler = numbers.hub, numbers.scaler
    one_by_one = tuple(it for it in scaler.down if it.kind == "Pods")
    return [
        ("hubs send nobody on", 0, replace(numbers, hub=replace(hub, too_many=math.inf))),
        ("60 hubs at most", 0, replace(numbers, scaler=replace(scaler, most=60))),
        (
            "hubs may be full: 18,000 each",
            2,
            replace(numbers, scaler=replace(scaler, target=18_000)),
        ),
        ("`maxSurge: 1`", 3, replace(numbers, hub=replace(hub, surge="1"))),
        ("down one by one", 1, replace(numbers, scaler=replace(scaler, down=one_by_one))),
    ]


def fastest(numbers: Inputs, least: int) -> int | None:
    """The shortest rush, in minutes, in which nobody is refused who finds so many hubs."""
    numbers = replace(numbers, scaler=replace(numbers.scaler, least=least))
    found = None
    for minutes in STEEPNESS:
        people = evening.rise(60, minutes * 60)
        if evening.spend(numbers, Scenario("", minutes + 6, people)).refused:
            break
        found = minutes
    return found


def filled(page: str, told: dict[str, str]) -> str:
    """The page with the tables of today between its marks."""
    for name, text in told.items():
        mark = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        page = re.sub(mark, lambda it, text=text: f"{it[1]}{text}\n{it[2]}", page, flags=re.DOTALL)
    return page


if __name__ == "__main__":
    sys.exit(main())
