"""Everyday life alarms nobody; trouble is heard; every rule has been heard at least once."""

from __future__ import annotations

import pytest

from xiuhua.kinds import all_kinds

from .story import RULES, Reading, heard, once, steady
from .test_rules import TIMED


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
    "a cold night's charging": ("bikeshed", steady("bikeshed", 0, 3600, 30, vehicles=36)),
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


@pytest.mark.parametrize("story", EVERYDAY)
def test_everyday_life_alarms_nobody(story):
    code, readings = EVERYDAY[story]
    assert heard(code, readings) == set()


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
        steady("bikeshed", 0, 2400, 30, vehicles=41),
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
SEEN = {
    "falling_object": "serious", "smoke": "serious", "climbing": "serious", "crowd": "serious",
    "fire_lane": "serious", "ebike_indoors": "serious", "standing_water": "warn", "stall": "warn",
    "construction": "warn", "rubbish": "warn", "parking": "warn", "advert": "warn",
}  # fmt: skip


@pytest.mark.parametrize("story", TROUBLE)
def test_trouble_is_heard(story):
    code, readings, expected = TROUBLE[story]
    assert heard(code, readings) == expected


@pytest.mark.parametrize("event", sorted(set(SEEN) - {"standing_water"}))
def test_what_a_camera_recognises_is_heard(event):
    readings = once("camera", 0, event=event, confidence=0.9, media="m-1")
    assert heard("camera", readings) == {(f"camera-{event.replace('_', '-')}", SEEN[event])}


def test_in_the_rain_water_is_told_of_at_once_and_nobody_is_a_stall_keeper():
    water = once("camera", 0, event="standing_water", confidence=0.9)
    assert heard("camera", water, flags=("rain",)) == {("camera-puddle", "warn")}
    stall = once("camera", 0, event="stall", confidence=0.9)
    assert heard("camera", stall, flags=("rain",)) == set()


def test_every_camera_event_has_its_rule():
    camera = next(of for of in all_kinds() if of.code == "camera")
    assert set(camera.field("event").choices) == set(SEEN)


def test_every_rule_has_been_heard():
    told = {rule for _, _, expected in TROUBLE.values() for rule, _ in expected}
    told |= {f"camera-{event.replace('_', '-')}" for event in SEEN} | {"camera-puddle"}
    told |= {f"{of.code}-silent" for of in TIMED}
    own = {
        rule.id
        for rule in RULES
        if len(rule.kinds) == 1 and not rule.scope.tags and not rule.scope.sites
    }
    assert own == told


AROUND = {
    "smoke at an elder's": ("smoke", "elder_alone", steady("smoke", 0, 300, 60, obscuration=0.08),
                            ("elder-smoke-early", "warn")),
    "cold at an elder's": ("smoke", "elder_alone", steady("smoke", 0, 4200, 60, temperature=3),
                           ("elder-cold", "warn")),
    "heat at an elder's": ("smoke", "elder_alone", steady("smoke", 0, 4200, 60, temperature=39),
                           ("elder-heat", "warn")),
    "an elder who stays in bed": ("arc", "elder_alone",
                                  steady("arc", 0, 13 * 3600, 240, current=0.5),
                                  ("arc-quiet", "warn")),
    "an elder who has fallen": ("arc", "elder_alone", steady("arc", 0, 19 * 3600, 240, current=0.5),
                                ("arc-quiet", "serious")),
    "phones at the metro": ("sniffer", "metro_exit", steady("sniffer", 0, 900, 60, devices=1000),
                            ("metro-phones", "warn")),
    "smoke in the lobby": ("camera", "lobby", once("camera", 0, event="smoke", confidence=0.9),
                           ("lobby-smoke", "critical")),
}  # fmt: skip


@pytest.mark.parametrize("story", AROUND)
def test_the_neighbourhoods_own_rules_hear_where_they_apply(story):
    code, tag, readings, expected = AROUND[story]
    assert expected in heard(code, readings, tags=(tag,))
    assert expected not in heard(code, readings)


def test_cooking_at_an_elders_home_alarms_nobody():
    code, readings = EVERYDAY["cooking"]
    assert heard(code, readings, tags=("elder_alone", "home")) == set()


def test_a_long_night_and_a_day_out_worry_nobody():
    night = steady("arc", 0, 10 * 3600, 240, current=0.5)
    breakfast = once("arc", 10 * 3600 + 60, current=6)
    out = steady("arc", 10 * 3600 + 120, 21 * 3600, 240, current=0.5)
    assert heard("arc", [*night, *breakfast, *out], tags=("elder_alone",)) == set()
