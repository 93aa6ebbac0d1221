"""How each kind of sensor speaks when nothing is wrong. One file a kind, found by itself; a further
kind's signal comes in by `signal(code)` from the file that registers the kind."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.chance import trait
from xiuhua.simulator.pipes import Pipes
from xiuhua.simulator.rows import Rows, Span
from xiuhua.simulator.stage import Stage
from xiuhua.simulator.weather import Weather


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds a device: the same for all, never changed by one of them."""

    seed: int
    stage: Stage
    weather: Weather
    pipes: Pipes

    def trait(self, device: Device, name: str, low: float = 0.0, high: float = 1.0) -> float:
        """A constant of that device between low and high."""
        return low + (high - low) * trait(self.seed, device.id, name)


Signal: TypeAlias = Callable[[Scene, Device, Span, np.random.Generator], Rows]
"""What a device says within a span. Pure: the generator of chance belongs to this call alone."""

_signals: dict[str, Signal] = {}


def signal(code: str) -> Callable[[Signal], Signal]:
    """Register the signal of a kind. Raises ValueError if it has one already."""

    def register(speak: Signal) -> Signal:
        if code in _signals:
            raise ValueError(f"kind {code!r} has two signals; take one of them away")
        _signals[code] = speak
        return speak

    return register


def signals() -> Mapping[str, Signal]:
    """Every known signal by the code of its kind."""
    return MappingProxyType(_signals)


def load() -> None:
    """Find the built-in signals. Safe to call again."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
