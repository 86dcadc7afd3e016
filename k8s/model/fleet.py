"""The hubs of a cluster and who is on them, second by second.

People are shares of a crowd and not persons: every second each hub is sent its part of those who
come. The load balancer is taken for blind: it gives each target the same, whatever it holds. Real
ones mostly do better.
"""

import math
from dataclasses import dataclass, field

from model.inputs import Inputs

ZONES = 3
BEAT_SECONDS = 3
REST_SECONDS = 300
TRIES = 2
# How long somebody takes who was told to go elsewhere, and who finds a hub full, on average.
RETURN_SECONDS = 2
TRY_AGAIN_SECONDS = 6


@dataclass
class Pod:
    """One hub."""

    zone: int
    created: int
    target_at: int
    is_old: bool = False
    held: float = 0.0
    came: float = 0.0
    leaving_at: int | None = None
    dead_at: int | None = None
    left: float = 0.0
    rest_until: int = 0
    leaves_by_age: float = 0.0
    # How many came in which minute and are still here.
    cohorts: dict[int, float] = field(default_factory=dict)

    def is_there(self) -> bool:
        return self.leaving_at is None and self.dead_at is None

    def lose(self, number: float) -> float:
        number = min(number, self.held)
        self.held -= number
        return number

    def grow_older(self, minute: int, age_minutes: float) -> None:
        """Once a minute: how many leave in each second of the next because of their age."""
        self.cohorts[minute] = self.came
        self.came = 0.0
        known = sum(self.cohorts.values())
        factor = self.held / known if known else 0.0
        oldest, youngest = 1.2 * age_minutes, 0.8 * age_minutes
        leaves = 0.0
        for at, number in list(self.cohorts.items()):
            number *= factor
            age = minute - at
            if age >= oldest:
                leaves += number
                del self.cohorts[at]
                continue
            self.cohorts[at] = number
            if age >= youngest:
                leaves += number / (oldest - age)
        self.leaves_by_age = leaves / 60


class Fleet:
    """All hubs, those who are on the way to one, and the nodes below."""

    def __init__(self, inputs: Inputs, people: float, pods: int) -> None:
        self.inputs = inputs
        self.returning: dict[int, float] = {}
        self.nodes = [math.ceil(pods / inputs.world.node_hubs / ZONES) for _ in range(ZONES)]
        self.lost_zone: int | None = None
        self.pods = [Pod(zone=it % ZONES, created=-9999, target_at=-9999) for it in range(pods)]
        minutes = inputs.hub.age_seconds / 60
        youngest, oldest = 0.8 * minutes, 1.2 * minutes
        # As it is after an hour of nothing: those who are older than most get fewer.
        ages = range(1, round(oldest))
        weights = [min(1.0, (oldest - it) / (oldest - youngest)) for it in ages]
        for pod in self.pods:
            pod.held = people / pods
            pod.cohorts = {
                -age: pod.held * weight / sum(weights)
                for age, weight in zip(ages, weights, strict=True)
            }
            pod.grow_older(0, minutes)
        self.refused = 0.0
        self.connects = 0.0
        self.reconnects = 0.0

    def here(self) -> list[Pod]:
        """Pods that count for the autoscaler: those of a lost zone too, until they are evicted."""
        return [it for it in self.pods if it.leaving_at is None]

    def targets(self, now: int) -> list[Pod]:
        """Pods that the load balancer sends people to."""
        lag = self.inputs.world.deregister_seconds
        return [
            it
            for it in self.pods
            if it.target_at <= now
            and (it.leaving_at is None or now < it.leaving_at + lag)
            and (it.dead_at is None or now < it.dead_at + self.inputs.hub.health_seconds)
        ]

    def held(self) -> float:
        return sum(it.held for it in self.pods)

    def add(self, now: int, number: int) -> None:
        """New pods, in the zone that has fewest, on a new node if those there are full."""
        inputs = self.inputs
        for _ in range(number):
            open_zones = [it for it in range(ZONES) if it != self.lost_zone]
            in_zone = {it: sum(pod.zone == it for pod in self.pods) for it in open_zones}
            zone = min(open_zones, key=lambda it: in_zone[it])
            seconds = (
                inputs.world.schedule_seconds
                + inputs.world.pull_seconds
                + inputs.world.start_seconds
            )
            if in_zone[zone] + 1 > self.nodes[zone] * inputs.world.node_hubs:
                self.nodes[zone] += 1
                seconds += inputs.world.node_seconds
            # Others may wait for the same node.
            elif any(it.zone == zone and it.target_at > now for it in self.pods):
                seconds += inputs.world.node_seconds
            target_at = now + seconds + inputs.world.register_seconds + inputs.hub.health_seconds
            self.pods.append(Pod(zone, now, int(target_at)))

    def remove(self, now: int, number: int) -> None:
        """The newest go first, as the controller of ReplicaSets has it."""
        newest = sorted((it for it in self.pods if it.is_there()), key=lambda it: -it.created)
        for pod in newest[:number]:
            pod.leaving_at = now

    def lose_zone(self, now: int, zone: int) -> None:
        self.lost_zone = zone
        for pod in self.pods:
            if pod.zone == zone:
                pod.dead_at = now
                self.come_back(now, pod.lose(pod.held), 1, int(self.inputs.world.notice_seconds))

    def come_back(self, now: int, number: float, soonest: int, latest: int) -> None:
        """So many are on the way, evenly over some seconds."""
        if number > 0:
            each = number / (latest - soonest + 1)
            for at in range(now + soonest, now + latest + 1):
                self.returning[at] = self.returning.get(at, 0.0) + each

    def second(self, now: int, wanted: float) -> None:
        """One second passes, after which `wanted` people would be here."""
        inputs = self.inputs
        present = self.held()
        natural = present / (inputs.world.stay_minutes * 60)
        way = sum(self.returning.values())
        growth = wanted - present - way
        for pod in self.pods:
            leaves = pod.held / present * (natural + max(-growth, 0)) if present else 0.0
            pod.lose(leaves)
            aged = pod.lose(pod.leaves_by_age)
            self.come_back(now, aged, 1, 2 * RETURN_SECONDS)
        back = self.returning.pop(now, 0.0)
        self.reconnects = back
        self.connects = back + natural + max(growth, 0)
        self.let_in(now, self.connects)
        self.drain(now)
        if now % BEAT_SECONDS == 0:
            self.balance(now)
        if now % 60 == 0:
            for pod in self.pods:
                pod.grow_older(now // 60, inputs.hub.age_seconds / 60)
        self.pods = [it for it in self.pods if not self.is_gone(it, now)]

    def let_in(self, now: int, number: float) -> None:
        targets = self.targets(now)
        each = number / len(targets)
        room = self.inputs.hub.room
        for pod in targets:
            if pod.dead_at is not None:
                self.come_back(now, each, 1, 2 * TRY_AGAIN_SECONDS)
                continue
            enters = min(each, max(room - pod.held, 0.0))
            pod.held += enters
            pod.came += enters
            if each > enters:
                self.refused += each - enters
                self.come_back(now, each - enters, 1, 2 * TRY_AGAIN_SECONDS)

    def drain(self, now: int) -> None:
        for pod in self.pods:
            if pod.leaving_at is not None and pod.dead_at is None:
                end = pod.leaving_at + self.inputs.hub.pre_stop + self.inputs.hub.drain
                if now >= pod.leaving_at + self.inputs.hub.pre_stop:
                    gone = pod.lose(pod.held / max(end - now, 1))
                    self.come_back(now, gone, 1, 2 * RETURN_SECONDS)

    def balance(self, now: int) -> None:
        """Hubs that have far more than their share send some on, see hub/src/socket/balance.rs."""
        hub = self.inputs.hub
        members = [it for it in self.pods if it.is_there() and it.target_at <= now]
        share = sum(it.held for it in members) / len(members)
        for pod in members:
            has_too_many = pod.held > share * hub.too_many
            if now < pod.rest_until or not (has_too_many or pod.left):
                continue
            if pod.left == 0:
                pod.left = TRIES * (pod.held - share)
            sent = min(pod.held - share, pod.left, pod.held * hub.sent_on_share * BEAT_SECONDS)
            if sent <= 0:
                pod.left = 0.0
                continue
            pod.left -= sent
            if pod.left == 0 and has_too_many:
                pod.rest_until = now + REST_SECONDS
            self.come_back(now, pod.lose(sent), 1, 2 * RETURN_SECONDS)

    def is_gone(self, pod: Pod, now: int) -> bool:
        if pod.dead_at is not None:
            return now >= pod.dead_at + self.inputs.world.evict_seconds
        if pod.leaving_at is None:
            return False
        return now >= pod.leaving_at + self.inputs.hub.pre_stop + self.inputs.hub.drain
