"""The parts of a score by name: each is one way of being unusual, a column of the statistics."""

from __future__ import annotations

from enum import IntEnum


class Part(IntEnum):
    """Column of each part's statistic; it is never negative and has no unit."""

    SEASON = 0
    """How far the value is from what is usual at this hour or at this place of its cycle."""
    FORECAST = 1
    """How far it is from what the last readings let expect, by the errors of late."""
    SHIFT = 2
    """How far the level of the last readings is from that of the readings before them."""
    FROZEN = 3
    """How often the same value has come in a row."""
    SHORT = 4
    """How new the pattern of the last few readings is, its level included."""
    SHAPE = 5
    """How new their shape is, wherever it lies."""
    MIDDLE = 6
    """How new the pattern of the last dozens is."""
    CYCLE = 7
    """How new the pattern of the last whole cycle is."""


PARTS = len(Part)
