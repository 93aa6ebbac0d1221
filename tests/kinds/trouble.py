"""Trouble, kind by kind: the readings, and the rules that must hear it with their level."""

from __future__ import annotations

from .everyday import climb, flapping, ramp
from .story import Reading, once, steady


def refused(at: float, card: str) -> list[Reading]:
    """A card that the door does not take."""
    return once("door", at, event="card", card=card, granted=False)


def thrown(times: int, every: float) -> list[Reading]:
    """So many things fall before a camera that speaks every two minutes."""
    falls = [once("camera", every * at + 1, event="falling_object", confidence=0.9)[0]
             for at in range(times)]  # fmt: skip
    return [*steady("camera", 0, every * times, 120), *falls]


def seen_again(event: str, times: int) -> list[Reading]:
    """The camera sees it once a day, and speaks every two minutes."""
    seen = [once("camera", 86_400 * at + 1, event=event, confidence=0.9)[0] for at in range(times)]
    return [*steady("camera", 0, 86_400 * (times - 1) + 240, 120), *seen]


TROUBLE = {
    "smoke": ("smoke", steady("smoke", 0, 5, 1, obscuration=0.15), {("smoke-fire", "serious")}),
    "flames": (
        "smoke",
        steady("smoke", 0, 5, 1, obscuration=0.4, temperature=70),
        {("smoke-fire", "critical")},
    ),
    "spirit burns": (
        "smoke",
        steady("smoke", 0, 20, 1, obscuration=0.03, temperature=66),
        {("smoke-heat", "serious")},
    ),
    "old detector": (
        "smoke",
        steady("smoke", 0, 900, 60, battery=2.3),
        {("smoke-battery", "warn")},
    ),
    "failing joint": ("arc", steady("arc", 0, 60, 10, arcs=22), {("arc-fault", "serious")}),
    "glowing joint": (
        "arc",
        steady("arc", 0, 60, 10, arcs=22, temperature=90),
        {("arc-fault", "critical"), ("arc-hot", "serious")},
    ),
    "wet cable": ("arc", steady("arc", 0, 120, 10, leakage=420), {("arc-leakage", "warn")}),
    "two ovens": ("arc", steady("arc", 0, 600, 10, current=48), {("arc-overload", "warn")}),
    "hydrant lost": (
        "water",
        steady("water", 0, 300, 30, pressure=20_000),
        {("water-lost", "serious")},
    ),
    "burst": (
        "water",
        steady("water", 0, 300, 30, pressure=150_000, flow=140),
        {("water-burst", "serious")},
    ),
    "night pressure": (
        "water",
        steady("water", 0, 900, 30, pressure=900_000),
        {("water-high", "warn")},
    ),
    "lid ajar": ("manhole", once("manhole", 0, tilt=25), {("manhole-open", "serious")}),
    "lid off": (
        "manhole",
        once("manhole", 0, tilt=60, open=True),
        {("manhole-open", "serious")},
    ),
    "sewer full": (
        "manhole",
        steady("manhole", 0, 1800, 600, level=2.0),
        {("manhole-level", "serious")},
    ),
    "lid's battery": (
        "manhole",
        steady("manhole", 0, 3600, 600, battery=2.9),
        {("manhole-battery", "warn")},
    ),
    "shed heats up": (
        "bikeshed",
        steady("bikeshed", 0, 300, 30, temperature=49),
        {("bikeshed-hot", "serious")},
    ),
    "e-bike burns": (
        "bikeshed",
        steady("bikeshed", 0, 30, 5, temperature=75, smoke=0.6),
        {("bikeshed-fire", "critical")},
    ),
    "battery warms in a cold shed": (
        "bikeshed",
        [
            *steady("bikeshed", 0, 900, 30, temperature=8),
            *climb("bikeshed", 930, 0.6, 20, temperature=8),
        ],
        {("bikeshed-rising", "serious")},
    ),
    "dead detector": (
        "smoke",
        steady("smoke", 0, 86_400, 300),
        {("smoke-frozen", "warn")},
    ),
    "lid's switch worn out": (
        "manhole",
        flapping(9),
        {("manhole-flapping", "warn"), ("manhole-open", "serious")},
    ),
    "worker at the lid": ("manhole", flapping(4), {("manhole-open", "serious")}),
    "crew below for twelve minutes": (
        "manhole",
        [*steady("manhole", 0, 700, 350, tilt=85, open=True), *steady("manhole", 720, 3600, 600)],
        {("manhole-open", "serious")},
    ),
    "lid left off": (
        "manhole",
        steady("manhole", 0, 1800, 600, tilt=60, open=True),
        {("manhole-open", "critical")},
    ),
    "insulation grows old": (
        "arc",
        [
            reading
            for at in range(9 * 360)
            for reading in once("arc", 240 * at, leakage=8 + max(0, at - 1440) / 45)
        ],
        {("arc-ageing", "warn")},
    ),
    "water runs away underground": (
        "water",
        [
            *steady("water", 0, 8 * 86_400, 270),
            *steady("water", 8 * 86_400 + 30, 8 * 86_400 + 10_800, 270, flow=6),
        ],
        {("water-leak", "warn")},
    ),
    "shed full of dead bikes": (
        "bikeshed",
        steady("bikeshed", 0, 19 * 3600, 120, vehicles=41),
        {("bikeshed-full", "warn")},
    ),
    "three doors in a week": (
        "door",
        [
            reading
            for night in range(3)
            for reading in (
                *once("door", 86_400 * night, event="forced", open=True),
                *steady("door", 86_400 * night + 60, 86_400 * (night + 1) - 60, 600),
            )
        ],
        {("door-forced", "serious"), ("door-forced-again", "serious")},
    ),
    "exit fills fast": ("camera", ramp(280, 470, 300), {("camera-filling", "warn")}),
    "e-bike evening after evening": (
        "camera",
        seen_again("ebike_indoors", 3),
        {("camera-ebike-indoors", "serious"), ("camera-ebike-again", "warn")},
    ),
    "the same lane day after day": (
        "camera",
        seen_again("fire_lane", 4),
        {("camera-fire-lane", "serious"), ("camera-fire-lane-again", "warn")},
    ),
    "water that stays": (
        "camera",
        [
            *once("camera", 0, event="standing_water", confidence=0.9),
            *steady("camera", 60, 1200, 60),
            *once("camera", 1260, event="standing_water", confidence=0.9),
        ],
        {("camera-standing-water", "warn")},
    ),
    "many more phones than usual": (
        "sniffer",
        [
            *steady("sniffer", 0, 8 * 86_400, 480),
            *steady("sniffer", 8 * 86_400 + 60, 8 * 86_400 + 1200, 60, devices=400),
        ],
        {("sniffer-unusual", "warn")},
    ),
    "too many chargers": (
        "bikeshed",
        steady("bikeshed", 0, 900, 30, power=9500),
        {("bikeshed-overload", "warn")},
    ),
    "flying wire": (
        "bikeshed",
        steady("bikeshed", 0, 900, 30, power=900, charging=0),
        {("bikeshed-wild", "warn")},
    ),
    "forced door": (
        "door",
        once("door", 0, event="forced", open=True),
        {("door-forced", "serious")},
    ),
    "lock prised off": ("door", once("door", 0, event="tamper"), {("door-tamper", "warn")}),
    "door left open": (
        "door",
        steady("door", 0, 1800, 600, open=True),
        {("door-held", "warn")},
    ),
    "refused card": (
        "door",
        once("door", 0, event="card", card="c-other", granted=False),
        {("door-denied", "warn")},
    ),
    "card after card": (
        "door",
        [r for at in range(4) for r in refused(15 * at, f"c-other-{at}")],
        {("door-denied", "warn"), ("door-cards-tried", "serious")},
    ),
    "a wallet with three cards": (
        "door",
        [
            *(r for at in range(4) for r in refused(5 * at, f"c-wallet-{at % 3}")),
            *once("door", 30, event="card", card="c-known", granted=True),
        ],
        {("door-denied", "warn")},
    ),
    "four strangers in a day": (
        "door",
        [
            *steady("door", 0, 86_400, 600),
            *(r for at in range(4) for r in refused(21_600 * at + 1, f"c-other-{at}")),
        ],
        {("door-denied", "warn")},
    ),
    "card that has run out": (
        "door",
        [r for at in range(5) for r in refused(40 * at, "c-expired")],
        {("door-denied", "warn"), ("door-refuses", "warn")},
    ),
    "in a hurry with the wrong card": (
        "door",
        [r for at in range(4) for r in refused(3 * at, "c-office")],
        {("door-denied", "warn")},
    ),
    "former tenant's card": (
        "door",
        once("door", 0, event="card", card="c-former", granted=True),
        {("door-stale", "serious")},
    ),
    "photograph": (
        "face",
        once("face", 0, person="p-known", confidence=0.93, live=False),
        {("face-spoof", "serious")},
    ),
    "face that was withdrawn": (
        "face",
        once("face", 0, person="p-gone", confidence=0.93),
        {("face-withdrawn", "warn")},
    ),
    "unknown vehicle": (
        "vehicle",
        once("vehicle", 0, plate="v-stranger"),
        {("vehicle-unknown", "warn")},
    ),
    "covered plate": ("vehicle", once("vehicle", 0, plate=None), {("vehicle-hidden", "warn")}),
    "exit fills": (
        "camera",
        steady("camera", 0, 180, 10, people=640),
        {("camera-full", "serious"), ("camera-filling", "warn")},
    ),
    "thrown again and again": (
        "camera",
        thrown(3, every=20_000),
        {("camera-falling-object", "serious"), ("camera-falling-again", "serious")},
    ),
    "thrown twice": ("camera", thrown(2, every=20_000), {("camera-falling-object", "serious")}),
    "phones everywhere": (
        "sniffer",
        steady("sniffer", 0, 900, 60, devices=1900),
        {("sniffer-dense", "warn")},
    ),
}
