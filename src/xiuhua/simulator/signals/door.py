"""Door: cards come home, buttons let out, a visitor is let in from upstairs; in between it says
every ten minutes that it is shut."""

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.rhythm import IN, MINUTE, OUT, SECOND, arrivals, beats
from xiuhua.simulator.rows import Column, Rows, Span, Times, joined, words

from . import Scene, signal
from .common import one_of

APART = 25 * SECOND
"""The door falls shut before the next person touches it."""


@signal("door")
def door(scene: Scene, device: Device, span: Span, rng: np.random.Generator) -> Rows:
    cards = scene.stage.members(f"cards@{device.building}")
    span = Span(span.since, span.until - APART)
    homeward = arrivals(rng, span, 1.6 * len(cards), IN)
    outward = arrivals(rng, span, 1.6 * len(cards), OUT)
    visits = arrivals(rng, span, 0.15 * len(cards), IN)
    keys = np.repeat(
        np.array(["card", "button", "remote"], dtype=object),
        [len(homeward), len(outward), len(visits)],
    )
    tokens = words(len(keys))
    tokens[: len(homeward)] = one_of(cards, len(homeward), rng)
    time = np.concatenate((homeward, outward, visits))
    order = np.argsort(time, kind="stable")
    time, keys, tokens = time[order], keys[order], tokens[order]
    apart = np.diff(time, prepend=span.since - APART) >= APART
    passed = passages(time[apart], keys[apart], tokens[apart], rng)
    between = beats(10 * MINUTE, scene.trait(device, "phase"), Span(span.since, span.until + APART))
    return joined(passed, still(between, passed))


def passages(time: Times, keys: Column, cards: Column, rng: np.random.Generator) -> Rows:
    """Each key is followed by the door's opening and, seconds later, by its closing."""
    count = len(time)
    opened = time + rng.integers(600, 1_800, count)
    shut = opened + rng.integers(4 * SECOND, 15 * SECOND, count)
    granted = words(3 * count)
    granted[:count] = True
    return in_order(
        Rows(
            np.concatenate((time, opened, shut)),
            {
                "event": np.concatenate((keys, words(count, "open"), words(count, "close"))),
                "card": np.concatenate((cards, words(2 * count))),
                "granted": granted,
                "open": np.repeat(np.array([False, True, False]), count),
            },
        )
    )


def still(time: Times, passed: Rows) -> Rows:
    """The door says how it stands after what has passed."""
    size = len(time)
    opened = passed.time[passed.columns["event"] == "open"]
    shut = passed.time[passed.columns["event"] == "close"]
    return Rows(
        time,
        {
            "event": words(size),
            "card": words(size),
            "granted": words(size),
            "open": opened.searchsorted(time, "right") > shut.searchsorted(time, "right"),
        },
    )


def in_order(rows: Rows) -> Rows:
    return rows.take(np.argsort(rows.time, kind="stable"))
