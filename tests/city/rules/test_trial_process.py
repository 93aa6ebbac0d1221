"""What the process of a trial does with its row, on a history of half an hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from tests.city.conftest import Hire
from tests.city.rules.test_rules import TEXT
from tests.engine.book import LOG, MINUTE, SECOND, START, Book, smoke
from tests.support.past import write_history
from xiuhua.city.rules import queries
from xiuhua.city.rules import trials as room
from xiuhua.city.rules.models import Trial
from xiuhua.engine import snapshot
from xiuhua.epoch import moment
from xiuhua.history.manifest_file import MANIFEST, ManifestFile
from xiuhua.pasts import House
from xiuhua.trials import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(hire: Hire) -> User:
    return hire("wang", role="integrator")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A detector that was hot for a minute; the rule in force calls that no alert."""
    calm = TEXT.replace("limit = 45", "limit = 90")
    book = Book().devices(smoke(1)).rules(calm)
    for minute in range(30):
        hot = 60.0 if minute == 10 else 20.0
        book.pack({"device": "tl01-smoke-0001", "temperature": hot}, at=minute * MINUTE)
    state = write_history(tmp_path / "history", book.tick(at=30 * MINUTE).records, LOG)
    manifest = ManifestFile(tmp_path / "history" / MANIFEST)
    return House(
        home=tmp_path, log=str(tmp_path / "log.db"), history=tmp_path / "history",
        manifest=lambda: manifest, chunks=lambda: snapshot.save(state),
    )  # fmt: skip


def asked(author: User, since: int, now: datetime, text: str = TEXT) -> int:
    begins = moment(START + since)
    day = timedelta(days=1)
    return room.begin(text=text, by=author, since=begins, until=begins + day, now=now).pk


def ended(row: int) -> Trial:
    found = queries.trial(row)
    assert found is not None
    return found


def test_what_it_finds_stands_in_the_row(author: User, house: House, now: datetime) -> None:
    row = asked(author, 0, now)
    run(row, house)
    trial = ended(row)
    assert (trial.state, trial.failure) == (Trial.State.DONE, "")
    assert (trial.result["proposed"], trial.result["live"]) == (1, 0)
    assert trial.result["counts"] == {"new": 1, "gone": 0, "earlier": 0, "later": 0}
    (alert,) = trial.result["alerts"]["new"]
    assert (alert["subject"], alert["zh"]) == ("tl01-smoke-0001", "温度 60 ℃。")
    assert alert["start"] == START + 10 * MINUTE
    assert trial.result["readings"] == 30


def test_a_second_run_of_an_ended_trial_does_nothing(
    author: User, house: House, now: datetime
) -> None:
    row = asked(author, 0, now)
    room.fail(row, Trial.Failure.DIED, now=now)
    run(row, house)
    run(row + 1, house)
    assert ended(row).failure == Trial.Failure.DIED


def test_a_time_of_which_nothing_is_left(author: User, house: House, now: datetime) -> None:
    row = asked(author, 40 * 24 * 60 * MINUTE, now)
    run(row, house)
    assert ended(row).failure == Trial.Failure.NOTHING
    assert "belongs to log" in ended(row).detail  # it asked the log too


def test_it_is_ended_when_its_time_is_up(author: User, house: House, now: datetime) -> None:
    row = asked(author, 0, now)
    run(row, house, limit=0.001)
    assert ended(row).failure == Trial.Failure.SLOW


def test_what_is_damaged_is_named(author: User, house: House, now: datetime) -> None:
    part = house.manifest().parts()[0]
    (house.history / part.path).unlink()
    row = asked(author, 0, now)
    run(row, house)
    assert ended(row).failure == Trial.Failure.REFUSED
    assert part.path in ended(row).detail


def test_seconds_are_read_as_seconds() -> None:
    assert room.LIMIT.total_seconds() * SECOND == 5 * MINUTE
