"""What has to hold in every evening, whatever the numbers are; fails `make test` if it does not."""

from model.capacity import MEMORY_SHARE_MAX, REDIS_SHARE_MAX, memory
from model.evening import MANY, Evening
from model.inputs import Inputs
from model.load import Load

# Seats that are free at the worst moment, where people are sent to.
HEADROOM_MIN = 0.2
# Above this a hub is about to send people away.
FULLEST_MAX = 0.9
# Of what its processor could let in.
CONNECT_SHARE_MAX = 0.5
ROLLOUT_SECONDS_MAX = 3_600


def broken(inputs: Inputs, evenings: list[Evening]) -> list[str]:
    """Everything that does not hold."""
    hub, scaler = inputs.hub, inputs.scaler
    faults = [f"{it.scenario.name}: {fault}" for it in evenings for fault in unkept(inputs, it)]
    if scaler.most * scaler.target < MANY * (1 + inputs.world.tolerance):
        faults.append(f"{scaler.most} hubs at most are too few for {MANY} sockets")
    need, have = memory(inputs, hub.room), hub.memory_bytes * MEMORY_SHARE_MAX
    if need > have:
        faults.append(f"a full hub takes {need / 1e6:.0f} MB of {have / 1e6:.0f}")
    return faults


def unkept(inputs: Inputs, evening: Evening) -> list[str]:
    hub = inputs.hub
    connects_max = hub.cpu / (inputs.world.connect_microseconds * 1e-6) * CONNECT_SHARE_MAX
    by_hub = max(it.connects / it.targets for it in evening.frames)
    redis = max(
        sum(Load(inputs, it.sockets).redis_cores(it.pods, it.reconnects).values())
        for it in evening.frames
    )
    cores = evening.most("hub_cores")
    promises = {
        f"{evening.refused:.0f} were refused": evening.refused == 0,
        f"headroom fell to {evening.headroom():.2f}": evening.headroom() >= HEADROOM_MIN,
        f"a hub was {evening.fullest():.2f} full": evening.fullest() <= FULLEST_MAX,
        f"{by_hub:.0f} connects a second on one hub": by_hub <= connects_max,
        f"Redis needs {redis:.1f} processors": redis <= hub.partitions * REDIS_SHARE_MAX,
        f"a hub needs {cores:.2f} processors": cores <= hub.cpu * inputs.scaler.cpu_percent / 100,
        f"{evening.rollout_seconds} s of rollout": (evening.rollout_seconds or 0)
        <= ROLLOUT_SECONDS_MAX,
    }
    return [fault for fault, holds in promises.items() if not holds]
