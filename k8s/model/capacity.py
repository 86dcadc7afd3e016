"""How much a number of people takes of everything, where that ends, and what it costs."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from model.inputs import Inputs
from model.load import Load

# Above this share of a processor Redis answers late.
REDIS_SHARE_MAX = 0.5
# Kept free for what is not sockets: bursts, buffers, fragmentation.
MEMORY_SHARE_MAX = 0.7
HOURS_OF_MONTH = 730
SEARCH_MAX = 50_000_000


@dataclass(frozen=True)
class Size:
    """The cluster that holds so many sockets at rest."""

    inputs: Inputs
    sockets: float

    @property
    def hubs(self) -> int:
        wanted = math.ceil(self.sockets / self.inputs.scaler.target)
        return max(wanted, self.inputs.scaler.least)

    @property
    def load(self) -> Load:
        return Load(self.inputs, self.sockets)

    @property
    def connects(self) -> float:
        """People who come and go, and those whom age sends on."""
        inputs = self.inputs
        return self.sockets / (inputs.world.stay_minutes * 60) + self.aged

    @property
    def aged(self) -> float:
        return self.sockets / self.inputs.hub.age_seconds

    @property
    def hub_bytes(self) -> float:
        return memory(self.inputs, self.sockets / self.hubs)

    @property
    def redis_cores(self) -> dict[str, float]:
        return self.load.redis_cores(self.hubs, self.aged)

    @property
    def shards(self) -> int:
        by_cores = sum(self.redis_cores.values()) / REDIS_SHARE_MAX
        by_memory = self.kept_gigabytes / (self.inputs.world.redis_gigabytes * MEMORY_SHARE_MAX)
        return max(3, math.ceil(by_cores), math.ceil(by_memory))

    @property
    def kept_gigabytes(self) -> float:
        """What all orders take that are not too old yet, if each day has a peak of this size."""
        world = self.inputs.world
        orders = self.load.orders * world.peak_hours * 3600 * world.kept_days
        return orders * world.order_kilobytes / 1e6

    @property
    def feed_bytes(self) -> float:
        return self.load.feed_bytes(self.hubs)

    @property
    def balancer_units(self) -> float:
        pushed = (self.load.pushes + self.load.positions) * 300 * 3600 / 1e9
        return max(self.sockets / 3000, self.connects / 25, pushed)

    def dollars(self) -> dict[str, float]:
        """An hour at this size."""
        inputs = self.inputs
        # Two of three hubs are in another zone than the shard that they read.
        between_zones = self.feed_bytes * 3600 / 1e9 * 2 / 3
        return {
            "hubs": math.ceil(self.hubs / inputs.world.node_hubs) * inputs.world.node_dollars,
            "Redis, with a replica each": self.shards * 2 * inputs.world.redis_dollars,
            "load balancer": self.balancer_units * inputs.world.balancer_unit_dollars,
            "feeds between zones": between_zones * inputs.world.zone_gigabyte_dollars,
            "cluster": inputs.world.cluster_dollars,
        }


def country(inputs: Inputs) -> float:
    """Sockets of a whole country's dinner."""
    world = inputs.world
    orders = world.country_orders / (world.peak_hours * 3600)
    return orders * world.order_minutes * 60 / world.orders_share


def memory(inputs: Inputs, sockets: float) -> float:
    """Bytes of a hub with so many sockets."""
    return inputs.world.hub_megabytes * 1e6 + sockets * inputs.world.socket_kilobytes * 1e3


@dataclass(frozen=True)
class Limit:
    """Something that ends."""

    what: str
    holds: Callable[[Size], bool]
    turn: str


def limits(inputs: Inputs) -> list[Limit]:
    hub, scaler = inputs.hub, inputs.scaler
    redis_bytes = inputs.world.redis_gigabits * 1e9 / 8
    return [
        Limit(
            f"{scaler.most} hubs, two of three zones full",
            lambda it: it.sockets <= scaler.most * hub.room * 2 / 3 and it.hubs <= scaler.most,
            "`maxReplicaCount`, or larger hubs: `CONNECTIONS_MAX`, memory and threshold together",
        ),
        Limit(
            f"network of {hub.partitions} shards, one for each partition",
            lambda it: it.feed_bytes <= hub.partitions * redis_bytes,
            "larger hubs, so that fewer read; larger nodes of Redis; hubs that read a replica",
        ),
        Limit(
            f"processors of {hub.partitions} shards",
            lambda it: sum(it.redis_cores.values()) <= hub.partitions * REDIS_SHARE_MAX,
            "larger hubs; positions less often; never `PARTITIONS` of data that there is",
        ),
        Limit(
            f"memory of {hub.partitions} shards",
            lambda it: (
                it.kept_gigabytes
                <= hub.partitions * inputs.world.redis_gigabytes * MEMORY_SHARE_MAX
            ),
            "larger nodes of Redis; orders kept for less than thirty days",
        ),
        Limit(
            "processor that a hub asks for",
            lambda it: (
                it.load.hub_cores(it.hubs, it.connects) <= hub.cpu * scaler.cpu_percent / 100
            ),
            "nothing: the scaler counts processor time too; but every hub reads every event",
        ),
        Limit(
            "quota of targets of one load balancer (1,000)",
            lambda it: it.hubs <= 1_000,
            "larger hubs, or a second load balancer",
        ),
    ]


def ends(inputs: Inputs, limit: Limit) -> float:
    """The most sockets, to the nearest ten thousand, at which a limit still holds."""
    low, high = 0, SEARCH_MAX
    while high - low > 10_000:
        middle = (low + high) // 2
        low, high = (middle, high) if limit.holds(Size(inputs, middle)) else (low, middle)
    return round(low, -4)
