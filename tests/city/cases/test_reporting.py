"""What people report: each source by its own terms, every voice kept, nobody's name in the open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.city.alerts.world import NOW
from tests.city.cases.test_photos import BAD, picture
from xiuhua.city.cases import commands, queries, reporting
from xiuhua.city.cases.commands import NotDone, Proof
from xiuhua.city.cases.machine import Step
from xiuhua.city.cases.models import Case, CaseStep, Photo, Source
from xiuhua.city.cases.reporting import Report
from xiuhua.city.cases.sources import BY_HAND, TERMS
from xiuhua.city.people.models import Look
from xiuhua.city.staff import commands as staff

Tell = Callable[..., Case]


@pytest.fixture
def tell(people: dict[str, User]) -> Tell:
    """Report a matter at No. 31: `tell(Source.PHONE, who="acceptor")`."""

    def tell(source: Source = Source.PHONE, *, who: str = "acceptor", after: int = 0,
             proof: Proof = commands.NO_PROOF, **more: object) -> Case:  # fmt: skip
        facts = {"case_class": "device-care", "place": "tl04-b031", "words": "门口的灯坏了"}
        new = Report(source=source, **facts | more)  # type: ignore[arg-type]
        now = NOW + timedelta(minutes=after)
        return reporting.report(new, by=people[who], now=now, proof=proof)

    return tell


def do(case: Case, step: Step, who: User, **more: object) -> Case:
    case.refresh_from_db()
    return commands.do(case.number, step, by=who, version=case.version, now=NOW, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("source", BY_HAND)
def test_each_source_by_its_terms(tell: Tell, people: dict[str, User], source: Source) -> None:
    case, terms = tell(source), TERMS[source]
    assert (case.stage, case.must_verify) == ("reported", terms.verify)
    assert case.supervised is (source is Source.SUPERVISION)
    assert set(case.owes) == {promise for promise, _ in terms.owes}
    if terms.verify:
        with pytest.raises(NotDone) as refused:
            do(case, Step.FILE, people["acceptor"])
        assert refused.value.code == "not_verified"
        do(case, Step.ASK_VERIFY, people["acceptor"])
        do(case, Step.VERIFY, people["supervisor"])
    assert do(case, Step.FILE, people["acceptor"]).stage == "filed"


def test_a_danger_goes_to_its_team_whoever_reports_it(tell: Tell) -> None:
    case = tell(Source.NEIGHBOUR, case_class="fire")
    assert (case.stage, case.team, case.write_up_owed) == ("dispatched", "fire-1", True)


def test_who_reported_it_lies_sealed_and_each_look_is_written_down(
    tell: Tell, people: dict[str, User]
) -> None:
    case = tell(name="王秀英", phone="021-55550100")
    with connection.cursor() as cursor:
        for table in (
            "cases_case",
            "cases_voice",
            "cases_casestep",
            "people_reporter",
            "road_feedrow",
        ):
            cursor.execute(f"SELECT * FROM {table}")
            assert "王秀英" not in str(cursor.fetchall())
    voice = case.voices.get()
    address = f"/cases/{case.number}/voices/{voice.pk}/"
    client = Client()
    for who, status in (("acceptor", 200), ("supervisor", 403), ("crew", 403)):
        client.force_login(people[who])
        answer = client.post(address)
        assert answer.status_code == status
        assert ("王秀英" in answer.content.decode()) is (status == 200)
    look = Look.objects.get()
    assert (look.who, voice.reporter in look.what, case.number in look.why) == (
        "acceptor", True, True,
    )  # fmt: skip


@pytest.mark.parametrize(("who", "may"), [
    ("acceptor", True), ("officer", True), ("supervisor", True), ("guard", True), ("crew", False),
    ("dispatcher", False), ("nurse", False),
])  # fmt: skip
def test_who_may_report(tell: Tell, who: str, may: bool) -> None:
    if may:
        assert tell(Source.PATROL, who=who).pk
        return
    with pytest.raises(PermissionDenied):
        tell(Source.PATROL, who=who)
    assert not Case.objects.exists()


FROM_ABOVE = {Source.DISTRICT, Source.SUPERVISION}


@pytest.mark.parametrize(("role", "some", "never"), [
    ("window_clerk", {Source.COUNTER, Source.COMMITTEE}, FROM_ABOVE | {Source.PATROL}),
    ("social_worker", {Source.NEIGHBOUR}, FROM_ABOVE | {Source.PATROL, Source.HOTLINE}),
    ("gate_guard", {Source.PATROL, Source.PHONE}, FROM_ABOVE | {Source.DEPARTMENT}),
    ("grid_supervisor", {Source.PATROL}, FROM_ABOVE | {Source.HOTLINE}),
    ("duty_officer", {Source.HOTLINE}, FROM_ABOVE),
    ("acceptor", set(BY_HAND), set()),
    ("district_officer", FROM_ABOVE | {Source.PHONE}, {Source.PATROL, Source.HOTLINE}),
    ("dispatcher", set(), set(BY_HAND)),
])  # fmt: skip
def test_a_source_is_for_those_who_know_it_to_be_so(
    people: dict[str, User], client: Client, role: str, some: set[Source], never: set[Source]
) -> None:
    staff.put_member(username="one", role=role, zh="某", en="One")
    client.force_login(User.objects.get(username="one"))
    listed = client.get("/cases/new/")
    assert (listed.status_code == 200) is bool(some)
    for source in some:
        assert f'href="/cases/new/{source}/"' in listed.content.decode()
        assert client.get(f"/cases/new/{source}/").status_code == 200
    for source in never:
        assert f"/cases/new/{source}/" not in listed.content.decode()
        assert client.get(f"/cases/new/{source}/").status_code == 403
        assert client.post(f"/cases/new/{source}/", FORM).status_code == 403
        assert client.post("/api/cases/", FORM | {"source": source}).status_code == 403
    assert not Case.objects.exists()


def test_a_danger_is_heard_as_ones_role_hears(people: dict[str, User], client: Client) -> None:
    staff.put_member(username="one", role="window_clerk", zh="某", en="One")
    client.force_login(User.objects.get(username="one"))
    told = {"place": "tl04-b031", "flat": "", "case_class": "fire"}
    assert client.post("/cases/danger/", told | {"source": "patrol"}).status_code == 422
    assert client.post("/cases/danger/", told | {"source": "counter"}).status_code == 302
    assert Case.objects.get().source == Source.COUNTER


def test_similar_means_same_class_near_and_within_a_day(tell: Tell) -> None:
    first = tell(spot=(121.43000, 31.17000))
    near = tell(spot=(121.43050, 31.17000), after=60)  # 48 m
    tell(spot=(121.43055, 31.17000), after=60, place="tl05")  # 52 m from the first
    tell(spot=(121.43000, 31.17000), after=24 * 60 + 1)
    tell(spot=(121.43000, 31.17000), case_class="fire")
    assert queries.similar(first) == [near]


def test_merging_keeps_each_voice_and_what_is_owed_to_it(
    tell: Tell, people: dict[str, User]
) -> None:
    patrol, hotline = (
        tell(Source.PATROL),
        tell(Source.HOTLINE, words="灯坏了没人管", order="12345-7"),
    )
    do(hotline, Step.MERGE, people["acceptor"], other=patrol.number)
    hotline.refresh_from_db(), patrol.refresh_from_db()
    assert (hotline.stage, hotline.merged_into, hotline.order) == ("merged", patrol, "12345-7")
    assert set(patrol.owes) == {"contact", "answer", "call_back"}
    assert [voice.words for voice in queries.voices(patrol)] == ["门口的灯坏了", "灯坏了没人管"]
    assert [step.step for step in queries.history(patrol)] == ["open", "joined"]
    with pytest.raises(NotDone) as refused:
        do(patrol, Step.MERGE, people["acceptor"], other=hotline.number)
    assert refused.value.code == "needs_other"
    assert do(patrol, Step.FILE, people["acceptor"]).stage == "filed"


def test_photos_of_a_report_come_with_it_or_not_at_all(tell: Tell) -> None:
    case = tell(proof=Proof(before=[picture()]))
    assert Photo.objects.get().step == CaseStep.objects.get(case=case)
    with pytest.raises(NotDone):
        tell(proof=Proof(before=[picture()] * 7))
    assert (Case.objects.count(), Photo.objects.count()) == (1, 1)


@pytest.fixture
def desk(people: dict[str, User]) -> Client:
    client = Client()
    client.force_login(people["acceptor"])
    return client


FORM = {"case_class": "device-care", "place": "tl04-b031", "words": "灯坏了", "name": "王秀英",
        "phone": "021-55550100", "order": "12345-9"}  # fmt: skip


@pytest.mark.parametrize("source", BY_HAND)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_form_of_each_source(desk: Client, source: Source, language: str) -> None:
    desk.cookies["django_language"] = language
    page = desk.get(f"/cases/new/{source}/").content.decode()
    assert ('name="phone"' in page) is TERMS[source].reporter
    assert ('name="order"' in page) is TERMS[source].order
    photo = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    sent = desk.post(f"/cases/new/{source}/", FORM | {"before": photo})
    case = Case.objects.get()
    assert sent["Location"] == f"/cases/{case.number}/"
    page = desk.get(sent["Location"]).content.decode()
    assert "灯坏了" in page
    assert "王秀英" not in page
    assert "<img" in page


def test_a_form_that_lacks_something_keeps_what_was_written(desk: Client) -> None:
    for wrong in ({"place": "nowhere"}, {"case_class": ""}, {"phone": "call me"}, {"words": " "}):
        answer = desk.post("/cases/new/phone/", FORM | wrong)
        assert answer.status_code == 422
        assert "王秀英" in answer.content.decode()
    bad = SimpleUploadedFile("a.jpg", (BAD / "page.html").read_bytes(), "image/jpeg")
    answer = desk.post("/cases/new/phone/", FORM | {"before": bad})
    assert answer.status_code == 422
    assert not Case.objects.exists()
    assert desk.get("/cases/new/alert/").status_code == 404
    assert desk.get("/cases/new/rumour/").status_code == 404


def test_the_form_hints_at_what_is_known(desk: Client) -> None:
    desk.post("/cases/new/phone/", FORM)
    number = Case.objects.get().number
    hint = "/cases/new/similar?case_class=device-care&place="
    assert number in desk.get(hint + "tl04-b031").content.decode()
    assert number not in desk.get(hint + "tl05").content.decode()
    assert desk.get("/cases/new/similar").content.decode().strip() == ""


def test_by_the_interface(desk: Client) -> None:
    told = {"source": "web", "case_class": "device-care", "place": "tl04-b031", "words": "灯坏了"}
    answer = desk.post("/api/cases/", told)
    assert (answer.status_code, answer.json()["source"]) == (201, "web")
    assert desk.post("/api/cases/", told | {"source": "alert"}).status_code == 403
    assert desk.post("/api/cases/", told | {"case_class": "x"}).json()["code"] == "unknown_class"
    assert timezone.now() - Case.objects.get().opened < timedelta(minutes=5)
