"""No plate comes past the door."""

from __future__ import annotations

import msgspec

from xiuhua.gateway.plates import Plates
from xiuhua.kinds import all_kinds

from .support.people import KNOWN_TOKEN, MASTER, NOW, PLATE, STRANGE_PLATE, VEHICLE, intake, take

DAY = 86_400_000


def token_of(plate: str, now: int = NOW, **more: object) -> str:
    body = msgspec.json.encode({"plate": plate, "direction": "in", **more})
    taken = take(body, speaker=VEHICLE, device=VEHICLE, now=now, into=TABLE)
    assert taken.count == 1
    return msgspec.json.decode(taken.body)["plate"]


TABLE = intake()


def test_every_field_named_plate_becomes_a_token():
    plates = [field for kind in all_kinds() for field in kind.fields if field.name == "plate"]
    assert plates
    assert all(field.tokenised for field in plates)


def test_a_plate_on_its_sites_list_keeps_one_token_for_ever():
    assert token_of(PLATE) == token_of(PLATE, NOW + 3 * DAY) == KNOWN_TOKEN
    assert token_of("沪a 12345") == KNOWN_TOKEN


def test_a_strange_plate_is_the_same_within_the_day_and_another_on_the_next():
    today, tomorrow = token_of(STRANGE_PLATE), token_of(STRANGE_PLATE, NOW + DAY)
    assert token_of(STRANGE_PLATE, NOW + 60_000) != today or today != tomorrow
    assert today != tomorrow
    assert KNOWN_TOKEN not in {today, tomorrow}


def test_the_day_turns_at_midnight_in_shanghai():
    plates = Plates(MASTER)
    midnight = 1_790_006_400_000 + 8 * 3_600_000  # 2026-09-22T00:00:00+08:00 and a day's part
    midnight -= (midnight + 8 * 3_600_000) % DAY
    before = plates.token("tl04", STRANGE_PLATE, midnight - 2)
    assert plates.token("tl04", STRANGE_PLATE, midnight - 1) == before
    assert plates.token("tl04", STRANGE_PLATE, midnight) != before


def test_two_sites_and_two_processes_cannot_compare_strange_plates():
    here, there = Plates(MASTER), Plates(MASTER)
    assert here.token("tl04", STRANGE_PLATE, NOW) != here.token("tl05", STRANGE_PLATE, NOW)
    assert here.token("tl04", STRANGE_PLATE, NOW) != there.token("tl04", STRANGE_PLATE, NOW)


def test_the_slow_way_and_an_array_give_the_same_token_as_the_quick_way():
    quick = token_of(STRANGE_PLATE)
    assert token_of(STRANGE_PLATE, colour="red") == quick
    body = msgspec.json.encode([{"plate": STRANGE_PLATE}, {"plate": None}])
    taken = take(body, speaker=VEHICLE, device=VEHICLE, into=TABLE)
    first, second = (msgspec.json.decode(line) for line in taken.body.splitlines())
    assert first["plate"] == quick
    assert second["plate"] is None


def test_no_plate_stands_in_what_is_kept():
    good, bad = b'{"plate":"%b"}', b'{"plate":"%b","direction":"up"}'
    for body in (good, bad):
        taken = take(body % PLATE.encode(), speaker=VEHICLE, device=VEHICLE)
        kept = msgspec.json.encode([taken.body.decode(), [r.record for r in taken.refused]])
        assert "12345" not in kept.decode()
