"""What may happen in an evening, and what becomes of the hubs meanwhile."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from model.autoscaler import Autoscaler
from model.fleet import Fleet
from model.inputs import Inputs
from model.load import Load

FEW, MANY = 10_000, 1_000_000
MINUTE = 60
# How often a picture is taken.
FRAME_SECONDS = 30


@dataclass(frozen=True)
class Scenario:
    """People by the second, and what goes wrong when."""

    name: str
    minutes: int
    people: Callable[[float], float]
    zone_lost_at: int | None = None
    rollout_at: int | None = None


@dataclass
class Frame:
    """How it stands."""

    second: int
    people: float
    sockets: float
    pods: int
    targets: int
    room: float
    fullest: float
    connects: float
    reconnects: float
    hub_cores: float
    nodes: int


@dataclass
class Evening:
    """What became of a scenario."""

    scenario: Scenario
    frames: list[Frame] = field(default_factory=list)
    refused: float = 0.0
    rollout_seconds: float | None = None

    def headroom(self) -> float:
        """The least share of seats that were free where the load balancer could send people."""
        return min(1 - it.sockets / it.room for it in self.frames)

    def fullest(self) -> float:
        return max(it.fullest for it in self.frames)

    def most(self, what: str) -> float:
        return max(getattr(it, what) for it in self.frames)


def rise(
    start: float, over: float, low: float = FEW, high: float = MANY
) -> Callable[[float], float]:
    """From few to many and no corner at either end: the steepest minute is the middle one."""

    def people(second: float) -> float:
        part = min(max((second - start) / over, 0.0), 1.0)
        return low + (high - low) * (1 - math.cos(math.pi * part)) / 2

    return people


def flat(_: float) -> float:
    return MANY


def scenarios() -> list[Scenario]:
    hour = 60 * MINUTE
    return [
        Scenario("rush up", 105, rise(10 * MINUTE, hour)),
        Scenario("rush down", 360, rise(10 * MINUTE, hour, MANY, FEW)),
        Scenario("a zone lost at peak", 60, flat, zone_lost_at=10 * MINUTE),
        Scenario("a rolling update at peak", 60, flat, rollout_at=10 * MINUTE),
    ]


def spend(inputs: Inputs, scenario: Scenario) -> Evening:
    """Lives through a scenario."""
    people = scenario.people(0)
    pods = max(math.ceil(people / inputs.scaler.target), inputs.scaler.least)
    fleet, scaler = Fleet(inputs, people, pods), Autoscaler(inputs.scaler, inputs.world.tolerance)
    evening = Evening(scenario)
    shall, seen, cores = pods, people, 0.0
    worst = [0.0, 0.0]
    for now in range(1, scenario.minutes * MINUTE + 1):
        if now == scenario.zone_lost_at:
            fleet.lose_zone(now, 0)
        if now == scenario.rollout_at:
            for pod in fleet.pods:
                pod.is_old = True
        fleet.second(now, scenario.people(now))
        worst = [max(worst[0], fleet.connects), max(worst[1], fleet.reconnects)]
        if now % inputs.hub.scrape_seconds == 0:
            seen = fleet.held()
            cores = Load(inputs, seen).hub_cores(len(fleet.here()), fleet.connects)
        if now % inputs.world.sync_seconds == 0:
            there, share = len(fleet.here()), cores / inputs.hub.cpu
            shall = scaler.look(now, shall, there, seen, share)
        if any(it.is_old for it in fleet.pods):
            roll(fleet, inputs, now, shall)
            evening.rollout_seconds = now - scenario.rollout_at
        else:
            missing = shall - len(fleet.here())
            fleet.add(now, missing) if missing > 0 else fleet.remove(now, -missing)
        if now % FRAME_SECONDS == 0:
            evening.frames.append(frame(fleet, now, scenario.people(now), worst, cores))
            worst = [0.0, 0.0]
    evening.refused = fleet.refused
    if any(it.is_old for it in fleet.pods):
        evening.rollout_seconds = math.inf
    return evening


def roll(fleet: Fleet, inputs: Inputs, now: int, shall: int) -> None:
    """One look of the controller of Deployments: some new ones, then as many old ones go."""
    surge = inputs.hub.surge
    more = math.ceil(shall * int(surge[:-1]) / 100) if surge.endswith("%") else int(surge)
    there = [it for it in fleet.pods if it.is_there()]
    old = [it for it in there if it.is_old]
    ready = [it for it in there if now >= it.target_at + inputs.hub.ready_seconds]
    fleet.add(now, min(shall + more - len(there), shall - (len(there) - len(old))))
    for pod in old[: max(len(ready) - shall, 0)]:
        pod.leaving_at = now


def frame(fleet: Fleet, now: int, people: float, worst: list[float], cores: float) -> Frame:
    alive = [it for it in fleet.targets(now) if it.dead_at is None and it.leaving_at is None]
    return Frame(
        second=now,
        people=people,
        sockets=fleet.held(),
        pods=len(fleet.pods),
        targets=len(alive),
        room=len(alive) * fleet.inputs.hub.room,
        fullest=max(it.held for it in alive) / fleet.inputs.hub.room,
        connects=worst[0],
        reconnects=worst[1],
        hub_cores=cores,
        nodes=sum(it for zone, it in enumerate(fleet.nodes) if zone != fleet.lost_zone),
    )
