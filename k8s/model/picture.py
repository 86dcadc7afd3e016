"""Evenings as a picture: people and seats above, those who come in below."""

from collections.abc import Iterable

from model.evening import Evening, Frame

WIDTH, HEIGHT, GAP = 460, 150, 46
LEFT, TOP = 56, 40
LEGEND = (
    "blue: sockets · light blue: seats that the load balancer knows · red: the fullest hub, "
    "of its room · below: connects a second, orange: of these back"
)
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #334155 }
.title { font-weight: 600; fill: #0f172a }
.axis { stroke: #cbd5e1; fill: none }
.seats { fill: #dbeafe }
.people { stroke: #1d4ed8; stroke-width: 2; fill: none }
.fullest { stroke: #b91c1c; stroke-width: 1.5; fill: none }
.connects { stroke: #94a3b8; fill: none }
.back { stroke: #c2410c; stroke-width: 1.5; fill: none }
"""


def draw(evenings: list[Evening]) -> str:
    """An SVG, one column of it for each two scenarios."""
    cell_width, cell_height = LEFT + WIDTH + 40, TOP + 2 * HEIGHT + 2 * GAP
    width, height = 2 * cell_width, (len(evenings) + 1) // 2 * cell_height + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<title>Hubs and sockets in four evenings</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for index, evening in enumerate(evenings):
        x, y = index % 2 * cell_width + LEFT, index // 2 * cell_height + TOP
        parts += [f'<g transform="translate({x},{y})">', *panel(evening), "</g>"]
    parts.append(f'<text x="{LEFT}" y="{height - 10}">{LEGEND}</text>')
    return "\n".join([*parts, "</svg>\n"])


def panel(evening: Evening) -> Iterable[str]:
    frames = evening.frames
    end = frames[-1].second
    yield f'<text class="title" x="0" y="-20">{evening.scenario.name}</text>'
    seats = max(it.room for it in frames)
    yield from axes(0, f"{seats / 1e6:.1f} M", end)
    corners = f"L{WIDTH},{HEIGHT} L0,{HEIGHT} Z"
    yield f'<path class="seats" d="{line(frames, "room", seats, 0)} {corners}"/>'
    yield f'<path class="people" d="{line(frames, "sockets", seats, 0)}"/>'
    yield f'<path class="fullest" d="{line(frames, "fullest", 1.0, 0)}"/>'
    below, most = HEIGHT + GAP, max(it.connects for it in frames)
    yield from axes(below, f"{most / 1e3:.1f} k/s", end)
    yield f'<path class="connects" d="{line(frames, "connects", most, below)}"/>'
    yield f'<path class="back" d="{line(frames, "reconnects", most, below)}"/>'


def axes(y: int, top: str, end: int) -> Iterable[str]:
    yield f'<path class="axis" d="M0,{y} V{y + HEIGHT} H{WIDTH}"/>'
    yield f'<text x="-8" y="{y + 4}" text-anchor="end">{top}</text>'
    yield f'<text x="-8" y="{y + HEIGHT}" text-anchor="end">0</text>'
    for part in (0.25, 0.5, 0.75, 1):
        place = f'x="{WIDTH * part:.0f}" y="{y + HEIGHT + 16}"'
        yield f'<text {place} text-anchor="middle">{end * part / 60:.0f} min</text>'


def line(frames: list[Frame], what: str, most: float, y: int) -> str:
    end = frames[-1].second
    points = []
    for it in frames:
        part = getattr(it, what) / most
        points.append(f"{WIDTH * it.second / end:.1f},{y + HEIGHT * (1 - part):.1f}")
    return "M" + " L".join(points)
