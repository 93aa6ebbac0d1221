"""Loading a neighbourhood: all of it or nothing, and the second time nothing changes."""

from __future__ import annotations

import csv
import json
import stat
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from xiuhua.city import outbox
from xiuhua.city.almanac import queries as almanac
from xiuhua.city.devices import queries as devices
from xiuhua.city.people.models import Token
from xiuhua.city.pilot import load_pilot
from xiuhua.city.places import queries as places
from xiuhua.city.rules import queries as rules
from xiuhua.city.staff import queries as staff
from xiuhua.engine.control import CalendarSet, LedgerSet, ListSet, RulesSet, decode
from xiuhua.engine.errors import RuleError
from xiuhua.gateway.credentials import matches
from xiuhua.gateway.plates import Plates
from xiuhua.kinds import all_kinds
from xiuhua.neighbourhood import PilotError
from xiuhua.tokens import master_key

pytestmark = pytest.mark.django_db

RULE = """
[[rule]]
kind = "smoke"
id = "smoke-hot"
zh = "过热"
en = "Hot"
case = "fire"
sentence.zh = "温度 {temperature} ℃。"
sentence.en = "{temperature} °C."
[[rule.level]]
level = "warn"
operator = "threshold"
when = "temperature > 45"
"""
STAFF = """
[[team]]
code = "duty"
kind = "duty"
zh = "指挥中心"
en = "Command centre"
sites = ["tl04"]
[[account]]
username = "duty01"
zh = "沈若谷"
en = "Shen"
role = "duty_officer"
team = "duty"
[[account]]
username = "head"
zh = "郑"
en = "Zheng"
role = "subdistrict_head"
"""
CLASSES = """
[[class]]
code = "{code}"
zh = "火警"
en = "Fire"
team = "duty"
limit_minutes = 5
sort = "event"
number = "0501"
closing = {{ zh = "火已灭", en = "The fire is out" }}
life_safety = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two places, a resident with a car, a gateway with one smoke detector under it."""
    where = {"lon": 121.43, "lat": 31.17, "site": "tl04"}
    tree = [
        ("tl04", "compound", "", "田园", "Village"),
        ("tl04-b1", "building", "tl04", "1号", "No. 1"),
        ("tl04-b1-1", "flat", "tl04-b1", "101室", "Room 101"),
    ]
    columns = ("code", "kind", "parent", "zh", "en")
    write = {
        "places.json": [dict(zip(columns, row, strict=True)) | where for row in tree],
        "residents.json": [
            {"id": "r-1", "zh": "顾阿婆", "flat": "tl04-b1-1", "birth_year": 1938, "sex": "f",
             "cards": ["c-1"], "plates": ["沪A12345"]},
        ],
        "lists.json": {"vehicles@tl04": ["沪A12345"], "cards@tl04-b1": ["c-1"]},
        "map.json": {"type": "FeatureCollection", "features": []},
    }  # fmt: skip
    folder = tmp_path / "pilot"
    (folder / "rules").mkdir(parents=True)
    for name, rows in write.items():
        (folder / name).write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    (folder / "gateways.csv").write_text("id,site,zh,en\ntl04-gw-01,tl04,网关,Gateway\n", "utf-8")
    (folder / "devices.csv").write_text(
        "id,kind,place,site,building,flat,lon,lat,under,tags,params,zh,en\n"
        "tl04-smoke-0001,smoke,tl04-b1-1,tl04,tl04-b1,tl04-b1-1,121.43,31.17,tl04-gw-01,"
        "elder-alone,limit=0.08,烟感,Smoke\n",
        "utf-8",
    )
    (folder / "staff.toml").write_text(STAFF, "utf-8")
    codes = ["fire", *sorted({"device-care"})]
    (folder / "classes.toml").write_text("".join(CLASSES.format(code=c) for c in codes), "utf-8")
    (folder / "rules" / "own.toml").write_text(RULE, "utf-8")
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.HOME = tmp_path / "home"
    return settings.HOME


def test_what_the_folder_says_stands_in_the_rooms(folder: Path, now: datetime) -> None:
    loaded = load_pilot(folder, now=now)
    assert (loaded.places, loaded.devices, loaded.residents, loaded.logins) == (3, 1, 1, [])
    assert places.place("tl04-b1-1").label_zh == "田园 1号 101室"
    assert {state.id for state in devices.states()} == {"tl04-smoke-0001"}
    assert staff.member("duty01").role == "duty_officer"
    changes = [decode(waiting.body) for waiting in outbox.pending(1000)]
    ledger = [change for change in changes if isinstance(change, LedgerSet)]
    assert [(d.id, d.tags, d.params) for d in ledger[0].devices] == [
        ("tl04-smoke-0001", ("elder-alone",), {"limit": 0.08})
    ]
    assert any(isinstance(c, ListSet) and c.name == "cards@tl04-b1" for c in changes)
    assert sum(len(c.rules) for c in changes if isinstance(c, RulesSet)) == loaded.rules


HOLIDAYS = """
[[holiday]]
zh = "元旦"
en = "New Year's Day"
first = 2026-01-01
last = 2026-01-03
worked = [2026-01-04]
"""


def test_the_calendar_is_brought_in_once(folder: Path, now: datetime) -> None:
    load_pilot(folder, now=now)
    assert almanac.known_until() is None, "a folder without one leaves the calendar alone"
    (folder / "calendar.toml").write_text(HOLIDAYS, "utf-8")
    load_pilot(folder, now=now)
    load_pilot(folder, now=now)
    changes = [decode(waiting.body) for waiting in outbox.pending(1000)]
    assert [change for change in changes if isinstance(change, CalendarSet)] == [
        CalendarSet(("2026-01-01", "2026-01-02", "2026-01-03"), ("2026-01-04",))
    ]


def test_plates_are_tokens_that_the_door_knows(folder: Path, home: Path, now: datetime) -> None:
    load_pilot(folder, now=now)
    door = Plates(master_key(home))
    door.know(devices.vehicles())
    token = door.token("tl04", "沪A·12345", 0)
    assert devices.vehicles() == {"tl04": {token}}
    assert set(Token.objects.values_list("token", "sort")) == {("c-1", "card"), (token, "plate")}
    assert not any("12345" in waiting.body.decode() for waiting in outbox.pending(1000))


def test_loading_twice_is_the_same(folder: Path, home: Path, now: datetime) -> None:
    first = load_pilot(folder, now=now, demo=True)
    secrets = (home / "demo" / "credentials.csv").read_text()
    waiting = outbox.pending(1000)
    second = load_pilot(folder, now=now, demo=True)
    assert second == type(first)(3, 1, 1, 0, first.logins)
    assert (home / "demo" / "credentials.csv").read_text() == secrets
    assert outbox.pending(1000) == waiting


def test_a_demos_secrets_open_its_doors_and_nobody_elses_eyes(
    folder: Path, home: Path, now: datetime, client: Client
) -> None:
    login = load_pilot(folder, now=now, demo=True).logins[0]
    assert client.login(username=login.username, password=login.password)
    with (home / "demo" / "credentials.csv").open() as file:
        secrets = {row["id"]: row["secret"] for row in csv.DictReader(file)}
    assert set(secrets) == {"tl04-gw-01", "tl04-smoke-0001"}
    assert all(matches(secrets[who.id], who.secret) for who in devices.speakers())
    for name in ("credentials.csv", "logins.csv"):
        assert stat.S_IMODE((home / "demo" / name).stat().st_mode) == 0o600
    assert staff.demo_accounts() == 2


def test_outside_a_demo_nobody_has_a_password(folder: Path, home: Path, now: datetime) -> None:
    load_pilot(folder, now=now)
    assert not (home / "demo").exists()
    assert staff.demo_accounts() == 0
    assert not staff.member("duty01").user.has_usable_password()


def test_every_kinds_rules_stand(folder: Path, now: datetime) -> None:
    load_pilot(folder, now=now)
    standing = {rule.id: rule for rule in rules.standing()}
    assert {rule.kind.code for rule in standing.values()} >= {
        k.code for k in all_kinds() if k.rules
    }
    assert standing["smoke-hot"].case == "fire"


def test_a_folder_with_a_mistake_loads_nothing(folder: Path, now: datetime) -> None:
    (folder / "rules" / "own.toml").write_text(RULE.replace("temperature > 45", "soul > 45"))
    with pytest.raises(RuleError, match="soul"):
        load_pilot(folder, now=now)
    assert places.place("tl04") is None and not outbox.pending(1)
    (folder / "lists.json").unlink()
    with pytest.raises(PilotError, match=r"lists.json is missing"):
        load_pilot(folder, now=now)
