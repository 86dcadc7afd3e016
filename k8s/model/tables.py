"""What is told in CAPACITY.md, as Markdown."""

from collections.abc import Iterable
from dataclasses import replace

from model import capacity
from model.evening import FEW, MANY, Evening
from model.inputs import Inputs, table

SIZES = (FEW, 100_000, MANY)


def inputs() -> str:
    """Everything that was measured, documented or assumed."""
    rows = [
        (f"`{name}`", f"{row['value']} {row['unit']}".strip(), row["kind"], row["for"], row["from"])
        for name, row in table().items()
    ]
    return markdown(("name", "value", "is", "what", "where from"), rows)


def sizes(inputs: Inputs) -> str:
    """So many people, and what they take."""
    all_sizes = [capacity.Size(inputs, it) for it in (*SIZES, capacity.country(inputs))]
    rows = [
        ("hubs", *(f"{it.hubs}" for it in all_sizes)),
        ("memory of a hub, MB", *(f"{it.hub_bytes / 1e6:.0f}" for it in all_sizes)),
        (
            "processor of a hub",
            *(f"{it.load.hub_cores(it.hubs, it.connects):.3f}" for it in all_sizes),
        ),
        ("orders a second", *(f"{it.load.orders:.1f}" for it in all_sizes)),
        ("events a second", *(f"{it.load.events:,.0f}" for it in all_sizes)),
        ("positions a second", *(f"{it.load.positions:,.0f}" for it in all_sizes)),
        ("connects a second", *(f"{it.connects:,.0f}" for it in all_sizes)),
        *(
            (f"processors of Redis: {part}", *(f"{it.redis_cores[part]:.3f}" for it in all_sizes))
            for part in all_sizes[0].redis_cores
        ),
        ("shards of Redis", *(f"{it.shards}" for it in all_sizes)),
        (
            "memory of Redis for what is kept, GB",
            *(f"{it.kept_gigabytes:.1f}" for it in all_sizes),
        ),
        ("out of Redis to hubs, MB/s", *(f"{it.feed_bytes / 1e6:,.1f}" for it in all_sizes)),
        *(
            (f"$ an hour: {part}", *(f"{it.dollars()[part]:.2f}" for it in all_sizes))
            for part in all_sizes[0].dollars()
        ),
        ("**$ an hour**", *(f"**{sum(it.dollars().values()):.2f}**" for it in all_sizes)),
        (
            "$ for a thousand sockets, a month",
            *(
                f"{sum(it.dollars().values()) * capacity.HOURS_OF_MONTH / it.sockets * 1000:.2f}"
                for it in all_sizes
            ),
        ),
    ]
    few = (f"{it:,}" for it in SIZES)
    return markdown(("sockets", *few, f"a country: {all_sizes[-1].sockets:,.0f}"), rows)


# What others have published of a cluster of theirs: Centrifugo, "Million connections", 2020.
THEIRS_SOCKETS = 1_000_000
THEIRS_DELIVERIES = 28_000_000 / 60
THEIRS_CONNECTS = 200_000 / 60
THEIRS_CORES, THEIRS_GIGABYTES, THEIRS_REDIS_CORES = 40, 27, 5 * 0.32


def beside(inputs: Inputs) -> str:
    """The same sockets, deliveries and connects there and here."""
    world, size = inputs.world, capacity.Size(inputs, THEIRS_SOCKETS)
    told = THEIRS_DELIVERIES * world.push_microseconds
    met = THEIRS_CONNECTS * world.connect_microseconds
    read = size.load.events * size.hubs * world.entry_microseconds
    rows = [
        (
            "memory of all servers, GB",
            f"{THEIRS_GIGABYTES}",
            f"{size.hubs * size.hub_bytes / 1e9:.0f}, the kernel's buffers among them",
        ),
        (
            "processors for the deliveries and the connects",
            f"{THEIRS_CORES}",
            f"{(told + met) / 1e6:.1f}",
        ),
        (
            f"processors for every hub to read {size.load.events:,.0f} events a second",
            "does not arise",
            f"{read / 1e6:.1f}",
        ),
        (
            "processors of Redis",
            f"{THEIRS_REDIS_CORES:.1f}",
            f"{sum(size.redis_cores.values()):.1f}, which keeps every order",
        ),
    ]
    head = (
        f"{THEIRS_SOCKETS:,} sockets, {THEIRS_DELIVERIES:,.0f} deliveries and "
        f"{THEIRS_CONNECTS:,.0f} connects a second",
        "Centrifugo, 2020",
        "here",
    )
    return markdown(head, rows)


def evenings(inputs: Inputs, all_evenings: list[Evening]) -> str:
    """What becomes of each scenario."""
    rows = [
        (
            it.scenario.name,
            f"{it.refused:.0f}",
            f"{it.frames[0].targets} → {it.most('pods')} → {it.frames[-1].targets}",
            f"{it.headroom() * 100:.0f} %",
            f"{it.fullest() * 100:.0f} %",
            f"{it.most('connects'):,.0f}",
            f"{it.most('reconnects'):,.0f}",
            f"{max(frame.connects / frame.targets for frame in it.frames):.0f}",
            f"{dollars(inputs, it):.2f}",
        )
        for it in all_evenings
    ]
    head = (
        "evening", "refused", "hubs", "free seats at worst", "fullest hub", "connects/s at most",
        "of these back", "on one hub", "$ for hubs",
    )  # fmt: skip
    return markdown(head, rows)


def otherwise(inputs: Inputs, pairs: list[tuple[str, Evening, Evening]]) -> str:
    """What a number that was turned does, beside the number of the manifests."""
    rows = [
        (
            sentence,
            ours.scenario.name,
            *(
                f"{mine} / {other}"
                for mine, other in zip(short(inputs, ours), short(inputs, theirs), strict=True)
            ),
        )
        for sentence, ours, theirs in pairs
    ]
    return markdown(
        ("turned", "evening", "refused", "fullest hub", "rollout, min", "$ for hubs"), rows
    )


def short(inputs: Inputs, evening: Evening) -> tuple[str, ...]:
    rollout = evening.rollout_seconds
    return (
        f"{evening.refused:,.0f}",
        f"{evening.fullest() * 100:.0f} %",
        "–" if rollout is None else f"{rollout / 60:.0f}".replace("inf", "not done in 50"),
        f"{dollars(inputs, evening):.2f}",
    )


def dollars(inputs: Inputs, evening: Evening) -> float:
    """What the hubs of an evening cost, if nodes go when they are empty."""
    pod_hours = sum(it.pods for it in evening.frames) / len(evening.frames)
    return (
        pod_hours
        * evening.scenario.minutes
        / 60
        / inputs.world.node_hubs
        * inputs.world.node_dollars
    )


def larger(inputs: Inputs) -> str:
    """A million people on hubs that hold more."""
    rows = []
    for times in (1, 2, 4):
        hub = replace(inputs.hub, room=inputs.hub.room * times)
        scaler = replace(inputs.scaler, target=inputs.scaler.target * times)
        size = capacity.Size(replace(inputs, hub=hub, scaler=scaler), MANY)
        memory = capacity.memory(inputs, hub.room) / capacity.MEMORY_SHARE_MAX
        rows.append(
            (
                f"{hub.room:,}",
                f"{size.hubs}",
                f"{memory / 2**20:.0f} MiB",
                f"{sum(size.redis_cores.values()):.1f}",
                f"{size.feed_bytes / 1e6:.0f}",
                f"{sum(size.dollars().values()):.2f}",
                f"{scaler.target:,.0f}",
            )
        )
    head = (
        "`CONNECTIONS_MAX`",
        "hubs",
        "memory of a pod",
        "processors of Redis",
        "MB/s out of Redis",
        "$ an hour",
        "who move when one goes",
    )
    return markdown(head, rows)


def limits(inputs: Inputs) -> str:
    """What ends first."""
    known = [(capacity.ends(inputs, it), it) for it in capacity.limits(inputs)]
    rows = [(it.what, f"{at:,.0f}", it.turn) for at, it in sorted(known, key=lambda it: it[0])]
    return markdown(("what ends", "at so many sockets", "what to turn"), rows)


def steepness(fastest: dict[int, int | None]) -> str:
    """How fast a rush may be."""
    rows = [(f"{least}", f"{minutes} min") for least, minutes in fastest.items()]
    return markdown(("hubs before (`minReplicaCount`)", "from 10,000 to 1,000,000 in"), rows)


def markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(it)} |" for it in lines)
