"""A rule is tried before it is handed in: one trial at a time, for a second person to see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.conftest import Hire
from tests.city.rules.test_rules import TEXT
from xiuhua import epoch
from xiuhua.city.rules import commands, queries, trials
from xiuhua.city.rules.models import Trial
from xiuhua.engine.rules import RuleError

pytestmark = pytest.mark.django_db

ALERT = {
    "subject": "tl01-smoke-0001", "place": "tl01-b001-0101", "level": "warn",
    "start": 1_773_000_000_000, "end": None, "zh": "温度 51 ℃。", "en": "51 °C.",
}  # fmt: skip
RESULT: dict[str, Any] = {
    "source": "history", "readings": 120, "proposed": 3, "live": 2,
    "notes": [["有 3 条未计入。", "3 left out."]],
    "days": [["2026-03-08", 3, 2]],
    "counts": {"new": 60, "gone": 0, "earlier": 0, "later": 0},
    "alerts": {"new": [ALERT], "gone": [], "earlier": [], "later": []},
}  # fmt: skip


@pytest.fixture
def author(hire: Hire) -> User:
    return hire("wang", role="integrator")


@pytest.fixture
def colleague(hire: Hire) -> User:
    return hire("zhao", role="shift_leader")


@pytest.fixture
def stranger(hire: Hire) -> User:
    return hire("chen", role="handler")


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The processes that would have been started; `tests/flows` starts a real one."""
    begun: list[int] = []
    monkeypatch.setattr(trials, "launch", begun.append)
    return begun


@pytest.fixture
def begun(author: User, now: datetime) -> Trial:
    return trials.begin(text=TEXT, by=author, since=now - timedelta(days=1), until=now, now=now)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def try_it(user: User, **more: str) -> Any:
    said = {"text": TEXT, "note": "", "do": "try", "period": "day"} | more
    return as_(user).post("/rules/new", said)


def fresh(trial: Trial) -> Trial:
    found = queries.trial(trial.pk)
    assert found is not None
    return found


def test_from_a_click_to_a_second_persons_eyes(
    author: User, colleague: User, launched: list[int], now: datetime
) -> None:
    answer = try_it(author)
    (row,) = launched
    assert answer.url == f"/rules/trials/{row}"
    page = as_(author).get(answer.url).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "hand-in" not in page

    assert trials.conclude(row, RESULT, now=now)
    page = as_(author).get(answer.url).content.decode()
    assert "hx-trigger" not in page
    assert "温度 51 ℃。" in page and "tl01-smoke-0001" in page and "还有 59 条" in page
    assert "有 3 条未计入。" in page and "3 left out." not in page
    assert as_(author).post(f"/rules/trials/{row}/hand-in", {"note": "夏天"}).url == "/rules/"
    (version,) = queries.waiting()
    assert (version.trial_id, version.note, version.author) == (row, "夏天", author)

    page = as_(colleague).get("/rules/").content.decode()
    assert f"/rules/trials/{row}" in page and "新增 60" in page
    seen = as_(colleague).get(answer.url).content.decode()
    assert "温度 51 ℃。" in seen and "hand-in" not in seen


def test_a_text_can_be_changed_again(author: User, begun: Trial) -> None:
    page = as_(author).get(f"/rules/new?trial={begun.pk}").content.decode()
    assert "smoke-hot" in page
    assert "smoke-hot" not in as_(author).get("/rules/new?trial=9x").content.decode()


def test_a_bad_rule_is_told_at_once_and_nothing_is_started(
    author: User, launched: list[int]
) -> None:
    answer = try_it(author, text=TEXT.replace("temperature >", "temprature >"))
    assert 'class="errors"' in answer.content.decode() and "temprature" in answer.content.decode()
    assert not launched and not Trial.objects.exists()


@pytest.mark.parametrize(
    ("since", "until"),
    [("", ""), ("2026-03-02T08:00", "2026-03-01T08:00"), ("2026-01-01T08:00", "2026-03-01T08:00")],
)
def test_a_period_must_be_one(author: User, launched: list[int], since: str, until: str) -> None:
    answer = try_it(author, period="custom", since=since, until=until)
    assert 'class="errors"' in answer.content.decode()
    assert not launched


def test_a_period_of_ones_own_is_the_citys_time(author: User, launched: list[int]) -> None:
    try_it(author, period="custom", since="2026-03-01T08:00", until="2026-03-02T08:00")
    trial = Trial.objects.get()
    assert epoch.millis(trial.since) == 1_772_323_200_000
    assert trial.until - trial.since == timedelta(days=1)


def test_one_at_a_time_for_each_person(
    author: User, colleague: User, begun: Trial, now: datetime
) -> None:
    day = {"since": now - timedelta(days=1), "until": now, "now": now}
    with pytest.raises(trials.StillRunning) as still:
        trials.begin(text=TEXT, by=author, **day)
    assert still.value.trial == begun.pk
    trials.begin(text=TEXT, by=colleague, **day)
    trials.conclude(begun.pk, RESULT, now=now)
    trials.begin(text=TEXT, by=author, **day)


def test_an_impatient_click_leads_to_the_trial_that_runs(
    author: User, begun: Trial, launched: list[int]
) -> None:
    Trial.objects.update(begun=datetime.now(begun.begun.tzinfo))
    assert try_it(author).url == f"/rules/trials/{begun.pk}"
    assert not launched


def test_only_who_may_write_rules_may_try_them(
    colleague: User, stranger: User, begun: Trial, now: datetime, launched: list[int]
) -> None:
    trials.conclude(begun.pk, RESULT, now=now)
    assert try_it(colleague).status_code == 403
    assert as_(colleague).get(f"/rules/trials/{begun.pk}").status_code == 200
    assert as_(stranger).get(f"/rules/trials/{begun.pk}").status_code == 403
    assert as_(colleague).post(f"/rules/trials/{begun.pk}/hand-in").status_code == 403
    assert not launched and not queries.waiting()


def test_another_authors_trial_is_not_mine_to_hand_in(
    hire: Hire, begun: Trial, now: datetime
) -> None:
    trials.conclude(begun.pk, RESULT, now=now)
    other = hire("qian", role="integrator")
    answer = as_(other).post(f"/rules/trials/{begun.pk}/hand-in", {"note": "x"})
    assert answer.status_code == 403
    assert as_(other).get("/rules/trials/999999").status_code == 404


def test_a_reason_must_be_given(author: User, begun: Trial, now: datetime) -> None:
    trials.conclude(begun.pk, RESULT, now=now)
    answer = as_(author).post(f"/rules/trials/{begun.pk}/hand-in", {"note": " "})
    assert answer.url == f"/rules/trials/{begun.pk}"
    assert not queries.waiting()


@pytest.mark.parametrize("failure", list(Trial.Failure))
def test_every_failure_has_its_words(
    author: User, begun: Trial, now: datetime, failure: Trial.Failure
) -> None:
    assert trials.fail(begun.pk, failure, now=now, detail="Part x is missing.")
    page = as_(author).get(f"/rules/trials/{begun.pk}").content.decode()
    assert str(failure.label) in page and "Part x is missing." in page
    assert "hx-trigger" not in page and "hand-in" not in page
    assert f"?trial={begun.pk}" in page


def test_the_first_word_on_how_it_ended_stands(begun: Trial, now: datetime) -> None:
    assert trials.conclude(begun.pk, RESULT, now=now)
    assert not trials.fail(begun.pk, Trial.Failure.DIED, now=now)
    assert fresh(begun).state == Trial.State.DONE


def test_a_trial_that_nobody_ends_is_taken_for_dead(author: User, begun: Trial) -> None:
    as_(author).get(f"/rules/trials/{begun.pk}")  # months later
    assert fresh(begun).failure == Trial.Failure.DIED
    assert trials.overdue(begun.begun) == 0


def test_old_trials_go_but_for_those_that_a_version_shows(
    author: User, begun: Trial, now: datetime
) -> None:
    trials.conclude(begun.pk, RESULT, now=now)
    commands.propose(text=TEXT, author=author, note="", now=now, trial=begun.pk)
    later = now + trials.KEPT
    day = {"since": now, "until": later, "by": author, "text": TEXT}
    second = trials.begin(now=later, **day)
    trials.conclude(second.pk, RESULT, now=later)
    trials.begin(now=later + trials.KEPT + timedelta(seconds=1), **day)
    assert {trial.pk for trial in Trial.objects.all()} >= {begun.pk}
    assert not Trial.objects.filter(pk=second.pk).exists()


def test_a_version_of_another_rule_is_not_tried(author: User, now: datetime) -> None:
    with pytest.raises(RuleError, match="its id cannot become"):
        trials.begin(text=TEXT, by=author, since=now, until=now, now=now, of="smoke-fire")
