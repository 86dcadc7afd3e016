"""What so many people ask of hubs, of Redis and of the network, in one second."""

from dataclasses import dataclass

from checks.leaving import ping_seconds
from model.inputs import Inputs

MICRO = 1e-6


@dataclass(frozen=True)
class Load:
    """The traffic of `sockets` people."""

    inputs: Inputs
    sockets: float

    @property
    def orders(self) -> float:
        return (
            self.sockets * self.inputs.world.orders_share / (self.inputs.world.order_minutes * 60)
        )

    @property
    def events(self) -> float:
        return self.orders * self.inputs.world.order_events

    @property
    def positions(self) -> float:
        return self.sockets * self.inputs.world.riders_share / self.inputs.world.position_seconds

    @property
    def pushes(self) -> float:
        inputs = self.inputs
        return (
            self.events * inputs.world.pushes_per_event
            + self.positions * inputs.world.pushes_per_position
        )

    def hub_cores(self, hubs: int, connects: float) -> float:
        """Processors of one of so many hubs."""
        inputs = self.inputs
        # A ping and its answer, or a position and its receipt: as much as two pushes.
        pairs = self.sockets / ping_seconds() + self.positions
        shared = (self.pushes + 2 * pairs) * inputs.world.push_microseconds
        shared += connects * inputs.world.connect_microseconds
        return (shared / hubs + self.events * inputs.world.entry_microseconds) * MICRO

    def redis_cores(self, hubs: int, reconnects: float) -> dict[str, float]:
        """Processors of all shards together, by what takes them."""
        inputs = self.inputs
        return {
            "appends": self.events * inputs.world.append_microseconds * MICRO,
            "hubs that read the feeds": self.events
            * hubs
            * inputs.world.entry_read_microseconds
            * MICRO,
            "positions": self.positions * inputs.world.position_microseconds * MICRO,
            "clients that come back": reconnects * inputs.world.resume_microseconds * MICRO,
        }

    def feed_bytes(self, hubs: int) -> float:
        """Bytes a second out of Redis to hubs that read the feeds."""
        return self.events * hubs * self.inputs.world.entry_bytes
