"""When incidents come by themselves: moments of one day, drawn by chance, by hours, by weather."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from xiuhua.simulator.rhythm import HOUR, MINUTE, day_start
from xiuhua.simulator.weather import Weather

When: TypeAlias = Callable[[Weather, int, np.random.Generator], list[int]]
"""(weather, day in Shanghai, chance) -> the moments of that day at which one begins, epoch ms."""


def at_random(per_month: float, hours: tuple[float, float] = (0, 24)) -> When:
    """So many a month over the whole neighbourhood, between these hours."""

    def when(_weather: Weather, day: int, rng: np.random.Generator) -> list[int]:
        count = rng.poisson(per_month / 30)
        return sorted(day_start(day) + int(rng.uniform(*hours) * HOUR) for _ in range(count))

    return when


def after_downpour(share: float) -> When:
    """Half an hour into a downpour, in this share of them."""

    def when(weather: Weather, day: int, rng: np.random.Generator) -> list[int]:
        downpour = weather.downpour(day)
        if downpour is None or rng.random() >= share:
            return []
        return [downpour.rain_start + 30 * MINUTE]

    return when


def on_dry_mornings(share: float, hour: float) -> When:
    """At about that hour, on this share of the mornings without rain."""

    def when(weather: Weather, day: int, rng: np.random.Generator) -> list[int]:
        if rng.random() >= share or not weather.dry_morning(day):
            return []
        return [day_start(day) + int((hour + rng.uniform(0, 0.5)) * HOUR)]

    return when
