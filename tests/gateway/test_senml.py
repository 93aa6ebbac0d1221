"""SenML: the examples of RFC 8428 (section 5.1), and what this house makes of a pack."""

from __future__ import annotations

import json
from typing import Any

import pytest

from xiuhua import kinds
from xiuhua.gateway import senml
from xiuhua.gateway.reasons import Refused

from .support.people import GATEWAY, NOW, SMOKE, WATER, take

SECONDS = 1_320_100_000.0
OW = "urn:dev:ow:10e2073a01080063"


def resolved(pack: list[dict[str, object]]) -> list[tuple[str, str, float, object]]:
    records = list(senml.resolve(pack, SECONDS))
    assert all(isinstance(record, senml.Resolved) for record in records)
    return [(r.name, r.unit, r.time, r.value) for r in records if isinstance(r, senml.Resolved)]


def test_a_single_point():
    pack: list[dict[str, object]] = [{"n": OW, "u": "Cel", "v": 23.1}]
    assert resolved(pack) == [(OW, "Cel", SECONDS, 23.1)]


def test_multiple_points_under_one_base_name():
    pack: list[dict[str, object]] = [
        {"bn": OW + ":", "n": "voltage", "u": "V", "v": 120.1},
        {"n": "current", "u": "A", "v": 1.2},
    ]
    assert resolved(pack) == [
        (OW + ":voltage", "V", SECONDS, 120.1),
        (OW + ":current", "A", SECONDS, 1.2),
    ]


def test_base_time_and_relative_times():
    pack: list[dict[str, object]] = [
        {"bn": OW + ":", "bt": 1.276020076001e09, "bu": "A", "bver": 5,
         "n": "voltage", "u": "V", "v": 120.1},
        {"n": "current", "t": -5, "v": 1.2},
        {"n": "current", "v": 1.7},
    ]  # fmt: skip
    assert resolved(pack) == [
        (OW + ":voltage", "V", 1.276020076001e09, 120.1),
        (OW + ":current", "A", 1.276020071001e09, 1.2),
        (OW + ":current", "A", 1.276020076001e09, 1.7),
    ]


def test_a_track_with_a_record_of_base_labels_alone():
    pack: list[dict[str, object]] = [
        {"bn": OW, "bt": 1320067464, "bu": "%RH"},
        {"v": 20.0, "t": 0},
        {"v": 24.30621, "u": "lon", "t": 0},
        {"v": 20.3, "t": 60},
        {"v": 98.0, "u": "%EL", "t": 150},
    ]
    assert resolved(pack) == [
        (OW, "%RH", 1320067464, 20.0),
        (OW, "lon", 1320067464, 24.30621),
        (OW, "%RH", 1320067524, 20.3),
        (OW, "%EL", 1320067614, 98.0),
    ]


def test_values_of_other_types():
    pack: list[dict[str, object]] = [
        {"bn": OW + ":", "n": "temp", "u": "Cel", "v": 23.1},
        {"n": "label", "vs": "Machine Room"},
        {"n": "open", "vb": False},
    ]
    assert [value for *_, value in resolved(pack)] == [23.1, "Machine Room", False]


def test_a_base_value_is_added_and_stands_alone():
    pack: list[dict[str, object]] = [{"bn": "a:", "bv": 20, "n": "x", "v": 1.5}, {"n": "y"}]
    assert [value for *_, value in resolved(pack)] == [21.5, 20]


def test_times_below_two_to_the_28_are_from_now():
    limit = 2**28
    pack: list[dict[str, object]] = [
        {"n": "x", "v": 1, "t": limit - 1},
        {"n": "x", "v": 1, "t": limit},
        {"n": "x", "v": 1, "t": -3600},
    ]
    assert [time for _, _, time, _ in resolved(pack)] == [
        SECONDS + limit - 1, limit, SECONDS - 3600,
    ]  # fmt: skip


def test_versions_that_differ_spoil_the_pack():
    with pytest.raises(Refused, match="senml_version"):
        list(senml.resolve([{"bver": 5, "n": "x", "v": 1}, {"bver": 6, "n": "y", "v": 1}], 0))


@pytest.mark.parametrize("label", ["t", "bt", "v", "bv"])
@pytest.mark.parametrize("number", [1.7e308, -1.7e308, 10**400])
def test_numbers_beyond_all_measure_are_refused_not_computed(label: str, number: float):
    taken = take(json.dumps([{"n": "battery", "v": 1, label: number}]).encode())
    assert (taken.count, len(taken.refused)) == (0, 1)


@pytest.mark.parametrize(
    ("code", "field", "value", "unit", "wanted"),
    [
        ("water", "pressure", 2.5, "hPa", 250),
        ("water", "pressure", 2.5, "kPa", 2500),
        ("water", "pressure", 0.25, "MPa", 250_000),
        ("water", "pressure", 250_000, "Pa", 250_000),
        ("water", "pressure", 250_000, "", 250_000),
        ("water", "flow", 1, "m3/s", 3600),
        ("water", "flow", 1, "l/s", 3.6),
        ("smoke", "temperature", 297.25, "K", 24.1),
        ("smoke", "battery", 3000, "mV", 3),
        ("arc", "leakage", 0.03, "A", 30),
        ("arc", "arcs", 12, "Hz", 12),
        ("arc", "arcs", 120, "1/min", 2),
        ("manhole", "level", 35, "cm", 0.35),
        ("manhole", "tilt", 3.141592653589793, "rad", 180),
        ("bikeshed", "power", 1.2, "kW", 1200),
        ("bikeshed", "charging", 4, "count", 4),
    ],
)
def test_units(code: str, field: str, value: float, unit: str, wanted: float):
    known = kinds.kind(code).field(field)
    assert known is not None
    assert senml.in_unit(known, value, unit) == pytest.approx(wanted)


def lines(pack: list[dict[str, Any]], speaker: str, device: str | None) -> list[dict[str, Any]]:
    taken = take(json.dumps(pack).encode(), speaker=speaker, device=device)
    assert not taken.refused
    return [json.loads(line) for line in taken.body.splitlines()]


def test_records_of_one_moment_become_one_reading():
    pack = [
        {"bt": 1790000000, "n": "obscuration", "u": "dB/m", "v": 0.02},
        {"n": "temperature", "u": "Cel", "v": 24.1},
        {"n": "temperature", "u": "Cel", "v": 24.2, "t": 60},
        {"n": "humidity", "u": "%RH", "v": 40, "t": 60},
    ]
    assert lines(pack, SMOKE, SMOKE) == [
        {"device": SMOKE, "time": 1790000000000, "obscuration": 0.02, "temperature": 24.1},
        {"device": SMOKE, "time": 1790000060000, "temperature": 24.2},
    ]


def test_a_gateways_pack_names_its_devices():
    pack = [
        {"bn": f"{WATER}/", "n": "pressure", "u": "kPa", "v": 250},
        {"bn": f"urn:xiuhua:{SMOKE}:", "n": "battery", "u": "V", "v": 3},
    ]
    assert lines(pack, GATEWAY, None) == [
        {"device": WATER, "time": NOW, "pressure": 250000},
        {"device": SMOKE, "time": NOW, "battery": 3},
    ]


def test_a_field_that_comes_twice_at_one_moment_makes_two_readings():
    pack = [{"n": "battery", "v": 3}, {"n": "battery", "v": 2.9}]
    assert [line["battery"] for line in lines(pack, SMOKE, SMOKE)] == [3, 2.9]
