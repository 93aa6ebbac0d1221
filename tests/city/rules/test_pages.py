"""The rules' pages: an author, a colleague who approves, and those who only look."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.conftest import Hire
from tests.city.rules.test_rules import HOTTER, TEXT
from xiuhua.city.rules import commands, queries
from xiuhua.engine.rules import default_rules

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(hire: Hire) -> User:
    return hire("wang", role="integrator")


@pytest.fixture
def colleague(hire: Hire) -> User:
    return hire("zhao", role="shift_leader")


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_rule_is_written_approved_and_taken_back_by_clicks(author: User, colleague: User) -> None:
    written = as_(author).post("/rules/new", {"text": TEXT, "note": "夏天"}, follow=True)
    assert written.redirect_chain == [("/rules/", 302)]
    version = queries.waiting()[0]
    page = as_(author).get("/rules/").content.decode()
    assert "夏天" in page and f"/rules/versions/{version.pk}/approve" not in page
    page = as_(colleague).get("/rules/").content.decode()
    assert f"/rules/versions/{version.pk}/approve" in page

    as_(colleague).post(f"/rules/versions/{version.pk}/approve", {"rule": "smoke-hot"})
    rule = queries.one("smoke-hot")
    assert rule is not None and rule.standing == version

    as_(colleague).post("/rules/smoke-hot/withdraw")
    assert not list(queries.standing())
    as_(colleague).post("/rules/smoke-hot/versions/1/roll-back")
    assert [standing.id for standing in queries.standing()] == ["smoke-hot"]


def test_a_bad_rule_comes_back_with_its_error_and_the_text_kept(author: User) -> None:
    bad = TEXT.replace("temperature > :limit", "temprature > :limit")
    answer = as_(author).post("/rules/new", {"text": bad, "note": "x"})
    page = answer.content.decode()
    assert answer.status_code == 200 and "temprature &gt; :limit" in page
    assert 'class="errors"' in page
    assert not queries.waiting()


@pytest.mark.parametrize("more", ["#" * 20_000, 'zh = "' + "长" * 101 + '"'])
def test_a_giant_rule_is_turned_back(author: User, more: str) -> None:
    zh = next(line for line in TEXT.splitlines() if line.startswith("zh ="))
    text = TEXT.replace(zh, more) if more.startswith("zh") else TEXT + more
    answer = as_(author).post("/rules/new", {"text": text, "note": "x"})
    assert 'class="errors"' in answer.content.decode()
    assert not queries.waiting()


def test_an_author_cannot_approve_by_a_forged_click(author: User, now: datetime) -> None:
    version = commands.propose(text=TEXT, author=author, note="", now=now)
    author.member.role = "shift_leader"  # even with the role
    author.member.save()
    answer = as_(author).post(f"/rules/versions/{version.pk}/approve", follow=True)
    assert "须由另一人批准" in answer.content.decode() or "somebody else" in answer.content.decode()
    assert not list(queries.standing())


def test_only_the_right_roles_write_and_decide(
    author: User, colleague: User, hire: Hire, now: datetime
) -> None:
    version = commands.propose(text=TEXT, author=author, note="", now=now)
    commands.approve(version=version.pk, approver=colleague, now=now)
    second = commands.propose(text=HOTTER, author=author, note="", now=now)
    officer = as_(hire("lin", role="duty_officer"))
    assert officer.get("/rules/smoke-hot").status_code == 200
    for path in (
        "new",
        "smoke-hot/edit",
        "smoke-hot/withdraw",
        "smoke-hot/versions/1/roll-back",
        f"versions/{second.pk}/approve",
        f"versions/{second.pk}/refuse",
    ):
        assert officer.post(f"/rules/{path}").status_code == 403, path
    assert as_(hire("bao", role="handler")).get("/rules/").status_code == 403
    assert as_(colleague).get(f"/rules/versions/{second.pk}/approve").status_code == 405


def test_a_version_page_starts_from_what_stands_and_keeps_its_rule(
    author: User, colleague: User, now: datetime
) -> None:
    version = commands.propose(text=TEXT, author=author, note="", now=now)
    commands.approve(version=version.pk, approver=colleague, now=now)
    client = as_(author)
    assert "limit = 45" in client.get("/rules/smoke-hot/edit").content.decode()
    other = TEXT.replace("smoke-hot", "smoke-other")
    answer = client.post("/rules/smoke-hot/edit", {"text": other, "note": "x"})
    assert answer.status_code == 200 and not queries.waiting()


def test_every_default_rule_can_be_shown_and_explained(hire: Hire, now: datetime) -> None:
    commands.install(rules=default_rules(), now=now)
    client = as_(hire("lin", role="duty_officer"))
    assert client.get("/rules/").status_code == 200
    for rule in queries.rules():
        assert rule.zh in client.get(f"/rules/{rule.id}").content.decode()
    assert client.get("/rules/nothing").status_code == 404


BOTH = """
[[rule]]
id = "smoke-and-arcs"
kinds = ["smoke", "arc"]
subject = "flat"
zh = "烟和电弧"
en = "Smoke and arcs"
sentence.zh = "烟雾 {smoke.obscuration}。"
sentence.en = "Smoke {smoke.obscuration}."
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


def test_a_rule_over_several_kinds_is_listed_once_and_names_them_all(
    author: User, colleague: User, now: datetime
) -> None:
    version = commands.propose(text=BOTH, author=author, note="老房子", now=now)
    more = BOTH.replace('"smoke", "arc"', '"smoke", "arc", "camera"')
    page = as_(author).get("/rules/smoke-and-arcs").content.decode()
    assert "烟雾感知 + 电弧监测 · 每户一件" in page, "also before it is in force"
    commands.approve(version=version.pk, approver=colleague, now=now)
    listed = as_(author).get("/rules/").content.decode()
    assert listed.count('href="/rules/smoke-and-arcs"') == 1
    commands.propose(text=more, author=author, note="加摄像头", now=now)  # the leading kind stays
    page = as_(author).get("/rules/smoke-and-arcs").content.decode()
    assert "烟雾感知 + 电弧监测 · 每户一件" in page, "the version in force counts"
