"""What is wrong with the road is said with what to do, on the page and by command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from django.conf import LazySettings
from django.test import Client

from tests.city.conftest import Hire
from tests.log.conftest import tamper
from xiuhua.city.road import pages
from xiuhua.city.road.health import AWAY_MS, HOUR, QUIET_MS, Health, Limits, examine
from xiuhua.engine import control
from xiuhua.epoch import now_ms
from xiuhua.gateway.slowed import SLOWED, UNKEPT, Slowed
from xiuhua.gateway.timekeeper import BELIEVED, MARK, Mark
from xiuhua.log.base import Entry
from xiuhua.log.database import Log, open_log

NOW = now_ms()
DAY = 24 * HOUR
LIMITS = Limits(keep_ms=DAY, keep_bytes=1 << 30, disk_warn=0, disk_stop=0, folder=None)


@pytest.fixture
def where(tmp_path: Path) -> str:
    return str(tmp_path / "log.db")


@pytest.fixture
def log(where: str) -> Iterator[Log]:
    """A log of five packs, the first three of them two days old."""
    with open_log(where) as log:
        for age in (2 * DAY, 2 * DAY, 2 * DAY, HOUR, 0):
            log.append(Entry(count=3, body=b"abc" * 9), NOW - age)
        log.retention.register("worker", 5, NOW)
        yield log


def sentences(found: Health) -> list[tuple[str, str]]:
    return [(trouble.part, trouble.weight) for trouble in found.troubles]


def test_a_sound_road_has_no_trouble(log: Log) -> None:
    found = examine(log, LIMITS, NOW)
    assert found.troubles == ()
    assert (found.position, found.at) == (5, NOW)


def test_doors_that_write_nothing_are_dead_or_were_closed(log: Log) -> None:
    later = NOW + QUIET_MS
    [trouble] = examine(log, LIMITS, later).troubles
    assert (trouble.part, trouble.weight) == ("doors", "error")
    assert "60 seconds" in trouble.en and "60 秒" in trouble.zh
    assert examine(log, LIMITS, later - 1).troubles == ()
    log.append(Entry(controls=[("door-1", control.encode(control.DoorDown(at=NOW)))]), NOW)
    [closed] = examine(log, LIMITS, later).troubles
    assert closed.weight == "warning" and "were closed" in closed.en


def test_a_clock_that_leapt_makes_no_dead_doors(log: Log) -> None:
    mark = Mark(log=NOW, wall=NOW + DAY, passed=1, boot="b", held=DAY)
    log.notes.put(MARK, msgspec.json.encode(mark), NOW)
    assert "doors" not in [part for part, _ in sentences(examine(log, LIMITS, NOW + DAY))]


def test_a_disk_that_stops_the_doors_is_told_wherever_the_marks_stand(
    log: Log, tmp_path: Path
) -> None:
    limits = replace(LIMITS, disk_warn=1, disk_stop=1 << 62, folder=tmp_path)
    assert ("disk", "error") in sentences(examine(log, limits, NOW))


@pytest.mark.parametrize(
    ("position", "away", "weight"),
    [(1, AWAY_MS, "error"), (4, AWAY_MS, "warning"), (1, AWAY_MS - 1, None)],
)
def test_a_dead_reader_is_named_with_what_to_do(
    log: Log, position: int, away: int, weight: str | None
) -> None:
    log.retention.register("replay", position, NOW - away)
    found = examine(log, LIMITS, NOW)
    assert sentences(found) == ([("reader", weight)] if weight else [])
    for trouble in found.troubles:
        assert trouble.todo_en.endswith("xiuhua log forget replay")
        assert ("stay in the log for its sake" in trouble.en) == (weight == "error")


def test_damage_is_told_until_its_time_is_over(log: Log, where: str) -> None:
    tamper(where, "UPDATE log_record SET count = 2 WHERE position IN (2, 3)")
    log.read(0)
    [trouble] = examine(log, LIMITS, NOW).troubles
    assert "Records 2–3 of the log (2, at least 4 readings) are damaged" in trouble.en
    assert "第 2–3 条（2 条，至少 4 个读数）已损坏" in trouble.zh
    log.retention.trim(4)
    found = examine(log, LIMITS, NOW)
    assert found.troubles == ()
    assert [stretch.count for stretch in found.aside] == [2]


@pytest.mark.parametrize(
    ("held", "weight", "todo"),
    [(DAY, "error", "xiuhua log believe-clock"), (-DAY, "warning", "timedatectl"), (0, None, "")],
)
def test_a_held_clock_is_told(log: Log, held: int, weight: str | None, todo: str) -> None:
    mark(log, held)
    found = examine(log, LIMITS, NOW)
    assert sentences(found) == ([("clock", weight)] if weight else [])
    assert all(todo in trouble.todo_en for trouble in found.troubles)


@pytest.mark.parametrize("ago", [0, HOUR, HOUR + 1])
def test_senders_that_are_slowed_down_are_named_for_an_hour(log: Log, ago: int) -> None:
    body = msgspec.json.encode(Slowed(NOW - 2 * HOUR, 1_234, (("tl01-gw-01", 1_200),))).decode()
    log.notes.put(SLOWED, body, NOW - ago)
    found = examine(log, LIMITS, NOW)
    assert sentences(found) == ([("sender", "warning")] if ago <= HOUR else [])
    assert all("1,234" in t.zh and "tl01-gw-01 (1,200)" in t.en for t in found.troubles)


def test_refusals_that_were_not_kept_are_told_with_whose_they_were(log: Log) -> None:
    body = msgspec.json.encode(Slowed(NOW, 77, (("tl01-gw-01", 77),))).decode()
    log.notes.put(UNKEPT, body, NOW)
    [trouble] = examine(log, LIMITS, NOW).troubles
    assert trouble.part == "sender" and "77 refused messages" in trouble.en
    assert "tl01-gw-01 (77)" in trouble.zh


@pytest.mark.parametrize(
    ("warn", "stop", "weight"), [(1 << 60, 0, "warning"), (1 << 60, 1 << 60, "error")]
)
def test_a_disk_that_fills_is_told(
    log: Log, tmp_path: Path, warn: int, stop: int, weight: str
) -> None:
    limits = replace(LIMITS, folder=tmp_path, disk_warn=warn, disk_stop=stop)
    found = examine(log, limits, NOW)
    assert sentences(found) == [("disk", weight)]
    assert found.free is not None


def test_a_log_that_does_not_answer_is_a_trouble_like_any_other(log: Log, where: str) -> None:
    tamper(where, "ALTER TABLE log_head RENAME TO elsewhere")
    assert sentences(examine(log, LIMITS, NOW)) == [("log", "error")]


@pytest.fixture
def page(
    settings: LazySettings, client: Client, hire: Hire, where: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """What a duty officer sees at an address, at the moment of the log's newest record."""
    settings.ROAD_LOG = where
    monkeypatch.setattr(pages, "now_ms", lambda: NOW)
    pages._reader.cache_clear()
    client.force_login(hire("lin", role="duty_officer"))

    def seen(address: str) -> str:
        answer = client.get(address)
        assert answer.status_code == 200
        return answer.content.decode()

    return seen


@pytest.mark.django_db
def test_the_page_says_what_is_wrong_and_what_to_do(
    page: Callable[[str], str], log: Log, where: str
) -> None:
    assert "一切正常" in page("/road/")
    assert page("/road/strip").strip() == ""
    tamper(where, "DELETE FROM log_record WHERE position = 4")
    log.read(0)
    mark(log, DAY)
    shown = page("/road/")
    assert "日志第 4 条" in shown and "xiuhua log believe-clock" in shown
    assert "(+1)" in page("/road/strip")
    assert 'hx-get="/road/strip"' in page("/")


@pytest.mark.django_db
def test_the_page_is_for_those_whose_work_it_is(client: Client, hire: Hire) -> None:
    client.force_login(hire("wu", role="handler"))
    assert client.get("/road/").status_code == 403


@pytest.mark.slow
def test_the_commands_say_and_decide(tmp_path: Path, log: Log, where: str) -> None:
    home = {"XIUHUA_HOME": str(tmp_path), "XIUHUA_LOG": "", "XIUHUA_DATABASE": ""}

    def xiuhua(*words: str) -> tuple[int, str]:
        argv = [sys.executable, "-m", "xiuhua", "log", *words]
        done = subprocess.run(argv, env=os.environ | home, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    log.retention.register("replay", 1, NOW - 2 * AWAY_MS)
    mark(log, DAY)
    code, said = xiuhua("status")
    assert code == 1
    assert "Newest record 5" in said and "Reader replay: safe to 1" in said
    assert xiuhua("forget", "nobody")[0] == 1
    assert xiuhua("forget", "replay")[0] == 0
    assert [reader.name for reader in log.retention.registered()] == ["worker"]
    assert xiuhua("believe-clock")[0] == 0
    assert log.notes.get(BELIEVED) is not None
    mark(log, 0)
    assert xiuhua("believe-clock")[0] == 1


def mark(log: Log, held: int) -> None:
    """The mark of a gateway whose clock is held by so much."""
    body = msgspec.json.encode(Mark(NOW, NOW + held, 1, "boot", held)).decode()
    log.notes.put(MARK, body, NOW)
