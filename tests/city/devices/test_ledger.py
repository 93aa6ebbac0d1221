"""The ledger: what the doors and the engine learn of it, each change once."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from xiuhua.city import outbox
from xiuhua.city.devices import commands, credentials, queries
from xiuhua.city.devices.commands import NewDevice
from xiuhua.city.road.ports import Ledger
from xiuhua.engine.control import Change, Device, LedgerRemove, LedgerSet, ListSet, decode
from xiuhua.gateway.credentials import matches
from xiuhua.gateway.ports import Speaker

pytestmark = pytest.mark.django_db

SMOKE = NewDevice(
    id="tl04-smoke-0007", kind="smoke", site="tl04", place="tl04-b031-0402", lon=121.43, lat=31.17,
    zh="402室烟感", en="Smoke 402", building="tl04-b031", flat="tl04-b031-0402",
    under="tl04-gw-01", tags=("elder-alone",), params={"limit": 0.08},
)  # fmt: skip


@pytest.fixture(autouse=True)
def gateway() -> None:
    commands.put_gateway(id="tl04-gw-01", site="tl04", zh="网关", en="Gateway")


def road() -> list[Change]:
    return [decode(waiting.body) for waiting in outbox.pending(100)]


def many(count: int) -> list[NewDevice]:
    return [msgspec.structs.replace(SMOKE, id=f"tl04-smoke-{at:04d}") for at in range(count)]


def test_the_engine_learns_of_a_device_once() -> None:
    assert commands.put_devices(devices=[SMOKE]) == 1
    assert commands.put_devices(devices=[SMOKE]) == 0
    device = Device(
        id=SMOKE.id, kind="smoke", site="tl04", place="tl04-b031-0402", building="tl04-b031",
        flat="tl04-b031-0402", tags=("elder-alone",), params={"limit": 0.08},
    )  # fmt: skip
    assert road() == [LedgerSet((device,))]


def test_a_new_name_is_no_matter_of_the_engines() -> None:
    commands.put_devices(devices=[SMOKE])
    renamed = msgspec.structs.replace(SMOKE, zh="新名")
    assert commands.put_devices(devices=[renamed]) == 1
    assert len(road()) == 1
    found = queries.one(SMOKE.id)
    assert found is not None and found.zh == "新名"


def test_the_ledger_travels_in_pieces() -> None:
    commands.put_devices(devices=many(1101))
    sizes = [len(change.devices) for change in road() if isinstance(change, LedgerSet)]
    assert sizes == [500, 500, 101]


def test_a_retired_device_may_not_speak() -> None:
    commands.put_devices(devices=[SMOKE])
    assert commands.retire(ids=[SMOKE.id, "nobody"]) == 1
    assert commands.retire(ids=[SMOKE.id]) == 0
    assert road()[1:] == [LedgerRemove((SMOKE.id,))]
    assert [speaker.id for speaker in queries.speakers()] == ["tl04-gw-01"]
    commands.put_devices(devices=[SMOKE])  # and comes back
    assert len(queries.speakers()) == 2 and len(road()) == 3


def test_the_doors_see_every_change_by_its_version() -> None:
    ledger = Ledger()
    versions = [ledger.version()]
    for change in (
        lambda: commands.put_devices(devices=[SMOKE]),
        lambda: credentials.issue(id=SMOKE.id),
        lambda: commands.set_list(name="vehicles@tl04", add=["v-1"]),
        lambda: commands.retire(ids=[SMOKE.id]),
        lambda: commands.put_gateway(id="tl05-gw-01", site="tl05", zh="网关", en="Gateway"),
    ):
        change()
        versions.append(ledger.version())
    assert versions == sorted(set(versions))
    commands.put_gateway(id="tl05-gw-01", site="tl05", zh="网关", en="Gateway")
    assert ledger.version() == versions[-1]


def test_only_the_hash_of_a_secret_is_kept() -> None:
    commands.put_devices(devices=[SMOKE])
    secret = credentials.issue(id=SMOKE.id)
    commands.put_devices(devices=[msgspec.structs.replace(SMOKE, zh="新名")])  # keeps it
    speaker = next(s for s in Ledger().speakers() if s.id == SMOKE.id)
    assert matches(secret, speaker.secret) and secret not in speaker.secret
    assert replace(speaker, secret="") == Speaker(
        id=SMOKE.id, secret="", kind="smoke", site="tl04", under="tl04-gw-01"
    )


def test_a_list_tells_only_what_changed() -> None:
    assert commands.set_list(name="vehicles@tl04", add=["v-2", "v-1"])
    assert not commands.set_list(name="vehicles@tl04", add=["v-1"], remove=["v-9"])
    assert commands.set_list(name="vehicles@tl04", add=["v-3"], remove=["v-1"])
    assert road() == [
        ListSet("vehicles@tl04", add=("v-1", "v-2")),
        ListSet("vehicles@tl04", add=("v-3",)),
        ListSet("vehicles@tl04", remove=("v-1",)),
    ]
    commands.set_list(name="cards@tl04-b031", add=["c-1"])
    assert queries.vehicles() == {"tl04": {"v-2", "v-3"}}
    assert queries.members("cards@tl04-b031") == {"c-1"}


def test_a_device_stands_as_it_was_said_last() -> None:
    commands.put_devices(devices=many(3))
    ids = [device.id for device in many(3)]
    commands.set_levels({ids[0]: "critical", ids[1]: "well"})
    commands.set_levels({ids[0]: "critical", ids[2]: "silent"})
    assert [state.level for state in queries.states()] == ["critical", "unheard", "silent"]
    assert {level: n for level, n in queries.counts().items() if n} == {
        "unheard": 1,
        "silent": 1,
        "critical": 1,
    }


def test_a_device_that_never_spoke_is_not_well_nor_silent_before_the_rule_says_so() -> None:
    passages = msgspec.structs.replace(SMOKE, id="tl04-vehicle-0001", kind="vehicle")
    commands.put_devices(devices=[SMOKE, passages])
    state, quiet = queries.states()
    assert (state.id, state.level, state.arrival) == (SMOKE.id, "unheard", 0)
    assert quiet.level == "well"  # it speaks when something passes, and nothing has
    assert [d.id for d in queries.search(level="unheard")] == [SMOKE.id]
    assert queries.unheard() == queries.counts()["unheard"] == 1
    commands.set_levels({SMOKE.id: "silent"})
    assert [d.id for d in queries.search(level="silent")] == [SMOKE.id]
    assert queries.unheard() == 0
    commands.set_levels({SMOKE.id: "well"})
    commands.note_readings([(SMOKE.id, 1, 2, "{}")])
    assert queries.states()[0].level == "well"


def test_a_broken_connection_shows_until_the_device_speaks_or_is_back() -> None:
    commands.put_devices(devices=many(3))
    first, second, third = (device.id for device in many(3))
    commands.note_readings([(first, 90, 100, "{}"), (second, 90, 100, "{}")])
    commands.note_links({first: 100, second: 101, third: 100})
    assert stand(first) == stand(second) == stand(third) == "lost"
    assert queries.counts()["lost"] == 3
    commands.note_readings([(first, 90, 101, "{}")])
    commands.note_links({second: 0, third: 0})
    assert (stand(first), stand(second), stand(third)) == ("well", "well", "unheard")
    commands.note_links({first: 200})
    commands.set_levels({first: "silent"})  # what the rule says is more than what we guess
    assert stand(first) == "silent"


def stand(device: str) -> str:
    found = queries.one(device)
    assert found is not None
    return found.stands


def test_the_gravest_come_first() -> None:
    commands.put_devices(devices=many(4))
    ids = [device.id for device in many(4)]
    commands.note_readings([(ids[0], 1, 2, "{}")])
    commands.set_levels({ids[2]: "warn", ids[3]: "critical"})
    assert [d.id for d in queries.search()] == [ids[3], ids[2], ids[1], ids[0]]


def test_search_narrows_by_each_word_given() -> None:
    arc = msgspec.structs.replace(SMOKE, id="tl05-arc-0001", kind="arc", site="tl05", under=None)
    commands.put_devices(devices=[SMOKE, arc])
    commands.set_levels({arc.id: "warn"})
    for word in ({"kind": "arc"}, {"site": "tl05"}, {"level": "warn"}, {"text": "ARC-0001"}):
        assert [d.id for d in queries.search(**word)] == [arc.id]
    assert not queries.search(kind="arc", site="tl04")
    assert len(queries.search()) == 2
