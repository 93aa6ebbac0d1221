"""What happens every day, kind by kind: none of it may alarm anybody."""

from __future__ import annotations

from .story import once, steady


def climb(code, since, step, count, temperature):
    """A reading each 30 s, each so much warmer than the one before."""
    return [
        reading
        for n in range(1, count + 1)
        for reading in once(code, since + 30 * (n - 1), temperature=temperature + step * n)
    ]


def flapping(times):
    """The lid's switch, shut at first, changes so often, every two minutes."""
    return [
        reading for n in range(times + 1) for reading in once("manhole", 120 * n, open=n % 2 == 1)
    ]


def ramp(first, last, over):
    """After a quarter of an hour a camera counts more and more people, evenly."""
    rise = [
        reading
        for at in range(10, over + 1, 10)
        for reading in once("camera", 900 + at, people=round(first + (last - first) * at / over))
    ]
    return [*steady("camera", 0, 900, 10, people=first), *rise]


EVERYDAY = {
    "cooking": ("smoke", steady("smoke", 0, 900, 60, obscuration=0.06, temperature=34)),
    "summer at home": ("smoke", steady("smoke", 0, 7200, 60, temperature=35)),
    "vacuum cleaner": (
        "arc",
        [
            *steady("arc", 0, 600, 10, arcs=11, current=8),
            *once("arc", 610, arcs=20, current=8),
            *steady("arc", 620, 700, 10, arcs=11, current=8),
        ],
    ),
    "kettle and heater": ("arc", steady("arc", 0, 900, 10, current=32, temperature=44)),
    "pump starting": (
        "water",
        [*steady("water", 0, 30, 1, pressure=90_000), *steady("water", 31, 900, 30)],
    ),
    "draw of the evening": ("water", steady("water", 0, 7200, 30, pressure=170_000, flow=20)),
    "courier let in": (
        "door",
        [
            *once("door", 0, event="button"),
            *once("door", 1, event="open", open=True),
            *once("door", 9, event="close"),
        ],
    ),
    "resident comes home": (
        "door",
        [
            *once("door", 0, event="card", card="c-known", granted=True),
            *once("door", 1, event="open", open=True),
            *once("door", 8, event="close"),
        ],
    ),
    "removal": (
        "door",
        [*steady("door", 0, 840, 60, open=True), *once("door", 850, event="close")],
    ),
    "courier at the face gate": ("face", once("face", 0)),
    "courier's photo-like face": ("face", once("face", 0, live=False)),
    "resident at the face gate": ("face", once("face", 0, person="p-known", confidence=0.97)),
    "neighbour's car": ("vehicle", once("vehicle", 0)),
    "plate hard to read": ("vehicle", once("vehicle", 0, plate="v-misread", confidence=0.5)),
    "guest leaves": ("vehicle", once("vehicle", 0, plate="v-guest", direction="out")),
    "rush hour": ("camera", steady("camera", 0, 3600, 10, people=300)),
    "a bird": ("camera", once("camera", 0, event="falling_object", confidence=0.3)),
    "a flock of birds": (
        "camera",
        steady("camera", 0, 600, 60, event="falling_object", confidence=0.3),
    ),
    "street just washed": (
        "camera",
        [
            *once("camera", 0, event="standing_water", confidence=0.9),
            *steady("camera", 10, 5400, 10),
        ],
    ),
    "fuller than usual": ("camera", ramp(260, 320, 600)),
    "everybody's bike at home": ("bikeshed", steady("bikeshed", 0, 14 * 3600, 120, vehicles=44)),
    "washing machine's leak": (
        "arc",
        [
            *steady("arc", 0, 4 * 86_400, 240),
            *steady("arc", 4 * 86_400 + 60, 4 * 86_400 + 7200, 60, leakage=30),
        ],
    ),
    "garden hose": (
        "water",
        [
            *steady("water", 0, 8 * 86_400, 270),
            *steady("water", 8 * 86_400 + 30, 8 * 86_400 + 6600, 270, flow=6),
        ],
    ),
    "lorry over the lid": ("manhole", once("manhole", 0, tilt=6)),
    "a shower": ("manhole", steady("manhole", 0, 1800, 600, level=0.85)),
    "August under the tin roof": ("bikeshed", steady("bikeshed", 0, 3600, 30, temperature=42)),
    "sun comes out over the shed": (
        "bikeshed",
        [
            *steady("bikeshed", 0, 900, 30, temperature=30),
            *climb("bikeshed", 930, 0.3, 20, temperature=30),
            *steady("bikeshed", 1560, 2400, 30, temperature=36),
        ],
    ),
    "one bad reading of the shed": (
        "bikeshed",
        [
            *steady("bikeshed", 0, 900, 30),
            *once("bikeshed", 930, temperature=55),
            *steady("bikeshed", 960, 2400, 30),
        ],
    ),
    "still air in a cellar": (
        "smoke",
        [
            *steady("smoke", 0, 43_200, 300, obscuration=0, temperature=16.1),
            *steady("smoke", 43_500, 115_500, 300, obscuration=0, temperature=16.2),
        ],
    ),
    "full night of charging": (
        "bikeshed",
        steady("bikeshed", 0, 3600, 30, power=5800, charging=24),
    ),
    "evening at the gate": ("sniffer", steady("sniffer", 0, 3600, 60, devices=400)),
}
