"""The cases' pages as people see them, in both languages; strangers see nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone, translation

from tests.city.alerts.world import change
from tests.city.cases.test_photos import BAD, picture
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.alerts.templatetags.matters import left
from xiuhua.city.cases import commands, photos
from xiuhua.city.cases.commands import Proof
from xiuhua.city.cases.machine import Step
from xiuhua.city.cases.models import Case, Photo

Visit = Callable[..., Client]


@pytest.fixture
def visit(people: dict[str, User]) -> Visit:
    """A browser in which that person is logged in, reading that language."""

    def visit(who: str, language: str = "zh-hans") -> Client:
        client = Client()
        client.cookies["django_language"] = language
        client.force_login(people[who])
        return client

    return visit


@pytest.fixture
def fire(people: dict[str, User]) -> Case:
    now = timezone.now()
    alerts.record([change()], now)
    return commands.open_for([change()], now)[0]


@pytest.fixture
def battery(people: dict[str, User]) -> Case:
    now, changes = timezone.now(), [change("smoke-battery", level="warn")]
    alerts.record(changes, now)
    return commands.open_for(changes, now)[0]


def step(client: Client, case: Case, name: Step, **fields: object) -> object:
    case.refresh_from_db()
    data = {"version": case.version, **fields}
    return client.post(f"/cases/{case.number}/steps/{name}/", data)


def jpeg(raw: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("现场.jpg", raw or picture(), "image/jpeg")


def test_the_inbox_shows_the_next_task_with_one_big_button(visit: Visit, fire: Case) -> None:
    page = visit("fireman").get("/cases/").content.decode()
    for words in (
        "我的任务",
        "疑似火情",
        "田园十二村 31号 402室",
        "烟雾 0.30 dB/m（1）。",
        "余 29 分",
    ):
        assert words in page
    assert f'href="/cases/{fire.number}/#accept"' in page
    assert "正在呼叫您" not in page, "the case itself is the call"
    assert "接单" in page


def test_the_same_inbox_in_english(visit: Visit, fire: Case) -> None:
    page = visit("fireman", "en").get("/cases/").content.decode()
    for words in (
        "My tasks",
        "Suspected fire",
        "Smoke 0.30 dB/m (1).",
        "29 min left",
        "Take it on",
    ):
        assert words in page
    assert "疑似火情" not in page


@pytest.mark.parametrize("who", ["crew", "rival", "otherguard"])
def test_an_empty_inbox_says_so(visit: Visit, fire: Case, who: str) -> None:
    page = visit(who).get("/cases/").content.decode()
    assert "没有等您办理的事" in page
    assert "疑似火情" not in page


def test_a_called_guard_sees_the_call_and_answers_it(visit: Visit, fire: Case) -> None:
    guard = visit("guard")
    page = guard.get("/cases/").content.decode()
    assert "正在呼叫您" in page
    answered = guard.post(f"/alerts/{fire.alert}/answer/", {"next": "/cases/"})
    assert answered["Location"] == "/cases/"
    assert "正在呼叫您" not in guard.get("/cases/").content.decode()


def test_the_desk_sees_every_stage_with_its_count(visit: Visit, fire: Case, battery: Case) -> None:
    page = visit("leader").get("/cases/?stage=all").content.decode()
    assert page.index("疑似火情") < page.index("烟感电池将尽"), "the graver case stands first"
    assert "待立案 <span" in page
    only = visit("leader").get("/cases/?stage=reported").content.decode()
    assert "烟感电池将尽" in only
    assert "烟雾 0.30" in only
    assert "疑似火情" not in only


@pytest.mark.parametrize(("who", "status"), [
    ("officer", 200), ("leader", 200), ("acceptor", 200), ("dispatcher", 200),
    ("supervisor", 200), ("fireman", 200), ("crew", 404), ("guard", 404), ("nurse", 403),
])  # fmt: skip
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_who_may_open_the_case(
    visit: Visit, fire: Case, who: str, status: int, language: str
) -> None:
    assert visit(who, language).get(f"/cases/{fire.number}/").status_code == status


def test_a_stranger_from_outside_is_asked_to_log_in(fire: Case) -> None:
    for path in ("/cases/", f"/cases/{fire.number}/", f"/alerts/{fire.alert}/"):
        assert "/accounts/login/" in Client().get(path)["Location"]


def test_each_sees_the_step_that_is_theirs_and_no_other(visit: Visit, fire: Case) -> None:
    offered = {
        "fireman": {"accept", "return"},
        "acceptor": {"write_up"},
        "leader": {"write_up", "recall", "bundle", "urge"},
        "supervisor": set(),
    }
    for who, steps in offered.items():
        page = visit(who).get(f"/cases/{fire.number}/").content.decode()
        assert {name for name in Step if f'data-step="{name}"' in page} == steps, who


def test_from_the_first_tap_to_the_closing_through_the_pages(visit: Visit, fire: Case) -> None:
    fireman = visit("fireman")
    assert step(fireman, fire, Step.ACCEPT).status_code == 302
    step(fireman, fire, Step.HANDLE, note="油锅起火，已扑灭", before=jpeg(), after=[jpeg(), jpeg()])
    page = visit("supervisor").get(f"/cases/{fire.number}/").content.decode()
    assert page.index("<img") < page.index('data-step="approve"'), "proof before the decision"
    assert step(visit("supervisor"), fire, Step.APPROVE).status_code == 422
    blamed = step(visit("supervisor"), fire, Step.APPROVE, true="0")
    assert "误报的原因" in blamed.content.decode()
    step(visit("supervisor"), fire, Step.APPROVE, true="1")
    refused = step(visit("leader"), fire, Step.CLOSE)
    assert refused.status_code == 422
    assert "还没有补录" in refused.content.decode()
    step(visit("acceptor"), fire, Step.WRITE_UP, note="402室独居老人，人员平安")
    step(visit("leader"), fire, Step.CLOSE)
    page = visit("leader").get(f"/cases/{fire.number}/").content.decode()
    for words in ("已结案", "油锅起火，已扑灭", "402室独居老人，人员平安", "张fireman", "核查通过"):
        assert words in page
    assert page.count("<img") == 3
    assert page.count('data-step="') == page.count('data-step="reopen"') == 1


def test_the_second_of_two_reads_who_was_first_and_keeps_what_they_wrote(
    visit: Visit, battery: Case
) -> None:
    step(visit("acceptor"), battery, Step.FILE)
    battery.refresh_from_db()
    seen = battery.version
    step(visit("dispatcher"), battery, Step.DISPATCH, team="repair-1")
    late = step(visit("leader"), battery, Step.DISPATCH, team="fire-1", version=seen)
    assert late.status_code == 409
    assert "张dispatcher已先一步办理（已派遣" in late.content.decode()
    battery.refresh_from_db()
    assert battery.team == "repair-1"


def test_dispatch_proposes_the_team_that_serves_the_place(visit: Visit, battery: Case) -> None:
    step(visit("acceptor"), battery, Step.FILE)
    page = visit("dispatcher").get(f"/cases/{battery.number}/").content.decode()
    assert '<option value="repair-1" selected>维修一队' in page
    assert "维修二队" not in page, "it does not serve this place"


def test_a_refused_return_keeps_the_reason_that_was_written(visit: Visit, battery: Case) -> None:
    step(visit("acceptor"), battery, Step.FILE)
    step(visit("dispatcher"), battery, Step.DISPATCH, team="repair-1")
    step(visit("crew"), battery, Step.ACCEPT)
    bad = jpeg((BAD / "cut-off.jpg").read_bytes())
    refused = step(visit("crew"), battery, Step.HANDLE, note="换好电池了", after=bad)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "照片损坏或不完整" in page
    assert "换好电池了" in page
    assert "请重新选择照片" in page


def test_nonsense_in_the_form_changes_nothing(visit: Visit, battery: Case) -> None:
    acceptor = visit("acceptor")
    for version in ("", "-1", "x", "９" * 3, "9" * 40):
        answer = acceptor.post(f"/cases/{battery.number}/steps/file/", {"version": version})
        assert answer.status_code == 409
    assert acceptor.post(f"/cases/{battery.number}/steps/explode/").status_code == 404
    assert acceptor.get(f"/cases/{battery.number}/steps/file/").status_code == 405
    assert acceptor.get("/cases/310104911-19990101-00001/").status_code == 404


def test_photos_are_for_those_who_may_see_the_case(
    visit: Visit, people: dict[str, User], fire: Case
) -> None:
    def do(name: Step, **more: object) -> None:
        fire.refresh_from_db()
        by, seen = people["fireman"], fire.version
        commands.do(fire.number, name, by=by, version=seen, now=fire.opened, **more)

    do(Step.ACCEPT)
    do(Step.HANDLE, note="好了", proof=Proof(after=[picture()]))
    photo = Photo.objects.get()
    got = visit("fireman").get(f"/cases/photos/{photo.id}/")
    assert got["Content-Type"] == "image/jpeg"
    assert "no-store" in got.headers["Cache-Control"]  # desks are shared
    assert b"".join(got.streaming_content) == photos.path_of(photo.name).read_bytes()
    assert visit("crew").get(f"/cases/photos/{photo.id}/").status_code == 404
    assert visit("nurse").get(f"/cases/photos/{photo.id}/").status_code == 403
    assert Client().get(f"/cases/photos/{photo.id}/").status_code == 302
    photos.drop(photo.name)
    assert visit("fireman").get(f"/cases/photos/{photo.id}/").status_code == 404


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [
        (9, "余 9 分", "9 min left"),
        (-5, "超时 5 分", "5 min late"),
        (-61, "超时 1 小时", "1 h late"),
        (-60 * 50, "超时 2 天", "2 days late"),
        (120, "今天 11:00 前", "by 11:00 today"),
        (60 * 24, "明天 09:00 前", "by 09:00 tomorrow"),
        (60 * 72, "11-26 09:00 前", "by 11-26 09:00"),
    ],
)
def test_time_left_reads_as_people_say_it(minutes: int, zh: str, en: str) -> None:
    now = timezone.datetime(2026, 11, 23, 9, tzinfo=timezone.get_default_timezone())
    for language, words in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            assert left(now + timedelta(minutes=minutes), now) == words
