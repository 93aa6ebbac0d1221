"""What an alert rests on, by name and unit, whoever spoke."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from xiuhua.city.alerts import readings
from xiuhua.city.devices.commands import NewDevice, put_devices
from xiuhua.city.devices.templatetags import sensors
from xiuhua.engine.operators import all_operators
from xiuhua.engine.rules import Rule, parse

HEAD = """
[[rule]]
id = "rule"
zh = "规"
en = "R"
sentence.zh = "。"
sentence.en = "."
"""
BASELINE = (
    HEAD
    + """
kind = "water"
[[rule.level]]
level = "warn"
operator = "baseline"
field = "pressure"
spreads = 4
"""
)
CROWD = (
    HEAD
    + """
kind = "camera"
subject = "place"
[[rule.level]]
level = "warn"
operator = "crowd"
field = "people"
capacity = 100
"""
)
BOTH = (
    HEAD
    + """
kinds = ["smoke", "arc"]
subject = "flat"
[[rule.level]]
level = "critical"
operator = "together"
within = "1m"
[[rule.level.of]]
kind = "smoke"
when = "obscuration > 0.05"
[[rule.level.of]]
kind = "arc"
when = "arcs > 5"
"""
)


def typed(text: str) -> Rule:
    return parse(text)[0]


def shown(text: str, values: dict[str, float | bool | str | None], language: str) -> list[str]:
    with override(language):
        return [
            f"{sensors.named(said.field)} {sensors.value(said)} {sensors.unit(said.field)}".strip()
            for said in readings.numbers(typed(text), values)
        ]


@pytest.mark.parametrize(
    ("text", "values", "zh", "en"),
    [
        (BASELINE, {"pressure": 250_000, "flow": None, "usual": 310_000, "spread": 9_000},
         ["水压 250000 Pa", "常态 310000 Pa", "离散度 9000 Pa"],
         ["Pressure 250000 Pa", "Usual 310000 Pa", "Spread 9000 Pa"]),
        (CROWD, {"people": 40, "total": 120, "minutes": 4.5},
         ["人数 40", "合计 120", "预计还有多久满 4.5 min"],
         ["People 40", "In all 120", "Full in 4.5 min"]),
        (BOTH, {"smoke.obscuration": 0.3, "arc.arcs": 9, "smoke.battery": None},
         ["烟雾感知 减光率 0.3 dB/m", "电弧监测 每秒电弧次数 9 /s"],
         ["Smoke: obscuration 0.3 dB/m", "Arc fault: arcs per second 9 /s"]),
    ],
)  # fmt: skip
def test_each_number_has_its_name_and_unit(
    text: str, values: dict[str, float | bool | str | None], zh: list[str], en: list[str]
) -> None:
    assert shown(text, values, "zh-hans") == zh
    assert shown(text, values, "en") == en


def test_every_operator_s_own_words_are_named() -> None:
    ours = [one for one in all_operators().values() if one.__module__.startswith("xiuhua.")]
    spoken = {word for operator in ours for word in operator.WORDS}
    assert spoken == readings.OWN_WORDS.keys()


@pytest.fixture
def home(db: None) -> None:
    """Flat 402 with a smoke detector and an arc sensor, and flat 403 with an arc sensor alone."""
    rooms = (("smoke", "0402"), ("arc", "0402"), ("arc", "0403"))
    put_devices(
        devices=[
            NewDevice(
                id=f"{kind}-{flat}", kind=kind, site="tl04", place=f"tl04-b031-{flat}",
                building="tl04-b031", flat=f"tl04-b031-{flat}", lon=121.4, lat=31.2, zh="", en="",
            )
            for kind, flat in rooms
        ]
    )  # fmt: skip


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("subject", "device", "drawn"),
    [
        ("tl04-b031-0402", "smoke-0402", ("smoke", "smoke-0402")),
        ("tl04-b031-0402", "arc-0402", ("smoke", "smoke-0402")),
        ("tl04-b031-0403", "arc-0403", ("arc", "arc-0403")),
        ("tl04-b031-0404", "nobody", None),
    ],
)
def test_the_leading_kind_s_device_is_drawn(
    subject: str, device: str, drawn: tuple[str, str] | None
) -> None:
    found = readings.drawn(typed(BOTH), subject=subject, device=device)
    assert (found and (found[0].code, found[1])) == drawn


def test_an_alert_about_a_device_is_drawn_by_its_own() -> None:
    found = readings.drawn(typed(BASELINE), subject="w-1", device="w-1")
    assert found is not None
    assert (found[0].code, found[1]) == ("water", "w-1")
