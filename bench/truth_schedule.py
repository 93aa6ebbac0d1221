"""Days as they come by nature, in which everything happens at least so often: who would measure how
well a fire is found cannot wait for one a year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from xiuhua.simulator import incidents
from xiuhua.simulator.chance import chance
from xiuhua.simulator.incidents import Cue, Incident, Script
from xiuhua.simulator.rhythm import local_day
from xiuhua.simulator.rows import Span
from xiuhua.simulator.schedule import Natural
from xiuhua.simulator.signals import Scene

TRIES = 5_000
"""Days drawn until something has come often enough; in dry weeks no street stands under water."""


class Drilled:
    """A natural schedule and, within a span, as many drills as are missing of each incident: at
    moments that it might itself have chosen, over before the span is."""

    def __init__(self, scene: Scene, span: Span, *, least: int) -> None:
        self._natural = Natural(scene)
        self._scene = scene
        self._span = span
        self.drills = tuple(
            drill
            for which in incidents.scripts().values()
            if not which.lookalike
            for drill in islice(self._drawn(which), self._missing(which, least))
        )

    def between(self, span: Span) -> Sequence[Incident]:
        """The incidents that touch that span, in order of their beginning."""
        drills = [one for one in self.drills if span.overlaps(one.since, one.until)]
        both = [*self._natural.between(span), *drills]
        return sorted(both, key=lambda one: (one.since, one.id))

    def _missing(self, which: Script, least: int) -> int:
        come = [one for one in self._natural.between(self._span) if one.script is which]
        return max(0, least - sum(self._whole(one) for one in come))

    def _whole(self, one: Incident) -> bool:
        return self._span.since <= one.since and one.until <= self._span.until

    def _drawn(self, which: Script) -> Iterator[Incident]:
        scene, rng = self._scene, chance(self._scene.seed, "drill", which.code)
        first, last = local_day(self._span.since), local_day(self._span.until - 1)
        for number in range(TRIES):
            day = int(rng.integers(first, last + 1))
            for moment in which.when(scene.weather, day, rng):
                cue = Cue(seed=scene.seed, id=f"{which.code}-drill-{number}", at=moment)
                drill = incidents.run(scene, which, cue)
                if drill is not None and self._whole(drill):
                    yield drill
