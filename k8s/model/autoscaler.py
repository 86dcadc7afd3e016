"""What the HorizontalPodAutoscaler's controller does with a metric, in its own formula.

desired = ceil(metric / target), unless metric / (target * pods) is within the tolerance of 1; of
several metrics the largest; down only to the largest wish of the window; and never faster than the
policies.
"""

import math
from collections import deque

from model.inputs import Policy, Scaler


class Autoscaler:
    """One scaler and what it remembers."""

    def __init__(self, scaler: Scaler, tolerance: float) -> None:
        self.scaler = scaler
        self.tolerance = tolerance
        self.wishes: deque[tuple[int, int]] = deque()
        self.changes: deque[tuple[int, int]] = deque()

    def look(self, now: int, shall: int, there: int, sockets: float, cpu_share: float) -> int:
        """How many pods there shall be from `now` on.

        So far there `shall` be so many. Those that are `there`, more during a rollout, use
        `cpu_share` of what they request.
        """
        by_sockets = self.wish(there, sockets / self.scaler.target / there)
        by_cpu = self.wish(there, cpu_share * 100 / self.scaler.cpu_percent)
        wish = min(max(by_sockets, by_cpu, self.scaler.least), self.scaler.most)
        self.wishes.append((now, wish))
        while self.wishes[0][0] <= now - self.scaler.down_window:
            self.wishes.popleft()
        if wish < shall:
            wish = min(shall, max(it for _, it in self.wishes))
        next_shall = self.at_this_pace(now, shall, wish)
        if next_shall != shall:
            self.changes.append((now, next_shall - shall))
        return next_shall

    def wish(self, pods: int, ratio: float) -> int:
        return pods if abs(ratio - 1) <= self.tolerance else math.ceil(round(pods * ratio, 6))

    def at_this_pace(self, now: int, pods: int, wish: int) -> int:
        if wish > pods:
            return min(wish, max(self.limit(now, pods, it, +1) for it in self.scaler.up))
        if wish < pods:
            choose = {"Max": min, "Min": max}[self.scaler.down_choice]
            return max(wish, choose(self.limit(now, pods, it, -1) for it in self.scaler.down))
        return pods

    def limit(self, now: int, pods: int, policy: Policy, way: int) -> int:
        """How far a policy lets it go from what there was when its period began."""
        start = pods - sum(by for at, by in self.changes if at > now - policy.seconds)
        if policy.kind == "Pods":
            return start + way * policy.value
        there = start * (1 + way * policy.value / 100)
        return math.ceil(there) if way > 0 else int(there)
