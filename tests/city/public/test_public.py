"""The public's door: a report without log-in, its receipt, and what hostile hands try."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from tests.city.alerts import world
from tests.city.cases.test_photos import BAD, WORDS, picture
from xiuhua.city.cases import commands as cases
from xiuhua.city.cases import photos
from xiuhua.city.cases.machine import Step
from xiuhua.city.cases.models import Case, Photo, Voice
from xiuhua.city.people.models import Reporter
from xiuhua.city.public import forms, limits
from xiuhua.city.public.models import Knock, Receipt

PHONE = "021-55550177"
Send = Callable[..., Any]


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return world.settle()


@pytest.fixture
def client() -> Client:
    return Client(REMOTE_ADDR="203.0.113.7", headers={"accept-language": "en"})


def stamp(seconds_ago: int = 60) -> str:
    """A stamp as a form carried it that was handed out so long ago."""
    long_ago = timezone.now().timestamp() - seconds_ago
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.core.signing.time.time", lambda: long_ago)
        return forms.fresh_stamp()


@pytest.fixture
def send(people: dict[str, User], client: Client) -> Send:
    def send(**more: object) -> Any:
        facts = {
            "matter": "device-care", "place": "tl04-b031", "words": "门口的灯坏了",
            "whose": "web", "stamp": stamp(),
        }  # fmt: skip
        return client.post("/public/report/", facts | more)

    return send


def receipt_of(answer: Any) -> tuple[str, str]:
    page = answer.content.decode()
    assert answer.status_code == 200, page
    number = re.search(r"data-number>([^<]+)", page)
    code = re.search(r"data-code>(\d+)", page)
    assert number
    assert code
    return number[1], code[1]


def close(case: Case, people: dict[str, User]) -> None:
    """Take the case to its end, as the house does."""
    way: list[tuple[Step, str, dict[str, object]]] = [
        (Step.ASK_VERIFY, "acceptor", {}),
        (Step.VERIFY, "supervisor", {}),
        (Step.FILE, "acceptor", {}),
        (Step.DISPATCH, "dispatcher", {"team": "repair-1"}),
        (Step.ACCEPT, "crew", {}),
        (Step.HANDLE, "crew", {"note": "换好了", "proof": cases.Proof(after=[picture()])}),
        (Step.APPROVE, "supervisor", {}),
        (Step.ANSWER, "acceptor", {"note": "灯已换好。"}),
        (Step.CLOSE, "acceptor", {}),
    ]
    for step, who, more in way:
        case.refresh_from_db()
        cases.do(
            case.number, step, by=people[who], version=case.version, now=timezone.now(), **more  # type: ignore[arg-type]
        )  # fmt: skip


def opened(client: Client, number: str, code: str) -> Any:
    return client.post("/public/find/", {"number": number, "code": code}, follow=True)


def test_the_first_page_says_whom_to_ring_before_anything_else(
    people: dict[str, User], client: Client
) -> None:
    page = client.get("/public/?place=tl04-b031").content.decode()
    assert page.index("tel:119") < page.index("matter=fire") < page.index("matter=device-care")
    assert "31号" in page
    assert "matter=device-care&amp;place=tl04-b031" in page


def test_from_the_report_to_the_rating(send: Send, client: Client, people: dict[str, User]) -> None:
    number, code = receipt_of(send())
    case = Case.objects.get()
    assert (case.source, case.stage, case.owes) == ("web", "reported", {"answer": None})
    assert code not in str(list(Receipt.objects.values()))
    page = opened(client, number, code).content.decode()
    assert 'data-stage="reported"' in page
    assert client.post("/public/mine/hurry").status_code == 200
    assert client.post("/public/mine/hurry").status_code == 409
    added = {"words": "还有一盏", "before": SimpleUploadedFile("a.jpg", picture())}
    assert client.post("/public/mine/add", added).status_code == 200
    assert client.post("/public/mine/rate", {"satisfied": "0"}).status_code == 409
    assert client.post("/public/mine/contest", {"words": "没修"}).status_code == 409
    case.refresh_from_db()
    assert case.urged == 1
    close(case, people)
    assert "灯已换好。" in client.get("/public/mine/").content.decode()
    assert client.post("/public/mine/rate", {"satisfied": "0", "words": "又坏"}).status_code == 200
    assert client.post("/public/mine/rate", {"satisfied": "1"}).status_code == 409
    case.refresh_from_db()
    assert case.satisfied is False
    assert client.post("/public/mine/contest", {"words": "没修好"}).status_code == 200
    again = Case.objects.exclude(pk=case.pk).get()
    assert (again.stage, again.case_class_id, again.place) == (
        "reported", "device-care", "tl04-b031",
    )  # fmt: skip
    assert 'data-stage="reported"' in client.get("/public/mine/").content.decode()
    steps = list(case.steps.values_list("step", flat=True))
    assert [step for step in steps if step in {"pressed", "told", "rated", "contested"}] == [
        "pressed", "told", "rated", "contested",
    ]  # fmt: skip
    client.post("/public/mine/leave")
    assert client.get("/public/mine/").status_code == 403


def test_a_danger_is_with_its_team_at_once(send: Send) -> None:
    answer = send(matter="fire", words="三楼冒烟")
    case = Case.objects.get()
    assert (case.stage, case.team, case.life_safety) == ("dispatched", "fire-1", True)
    assert "119" in answer.content.decode()


def test_who_leaves_a_telephone_is_called_back_and_it_lies_sealed(send: Send) -> None:
    send(phone=PHONE, name="王阿姨", whose="neighbour")
    case, voice = Case.objects.get(), Voice.objects.get()
    assert (case.source, case.owes) == ("neighbour", {"call_back": None})
    assert voice.reporter == Reporter.objects.get().id
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            kept = str(cursor.fetchall())
            assert PHONE not in kept, table
            assert "王阿姨" not in kept, table
            assert "203.0.113.7" not in kept, table


def test_a_form_sent_twice_is_one_case_and_one_receipt(send: Send) -> None:
    same = stamp()
    first, second = receipt_of(send(stamp=same)), receipt_of(send(stamp=same))
    assert first == second
    assert Case.objects.count() == 1
    assert Knock.objects.get(what="report").count == 1


def test_photos_lose_all_but_the_picture(send: Send) -> None:
    image, out = Image.new("RGB", (60, 40), "red"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "a telltale camera"
    image.save(out, "JPEG", exif=exif)
    send(before=SimpleUploadedFile("DSC_0815.jpg", out.getvalue()))
    kept = photos.path_of(Photo.objects.get().name).read_bytes()
    assert b"telltale" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()


@pytest.mark.parametrize(
    "more",
    [
        {"website": "https://spam.example"},
        {"stamp": "forged:1:x"},
        {"stamp": ""},
        {"stamp": signing.dumps("aa", salt="another")},
        {"words": ""},
        {"words": "x" * 1001},
        {"place": "no-such-place"},
        {"place": "tl04-b031-0402"},
        {"place": "", "where": ""},
        {"phone": "call me'); DROP TABLE"},
        {"whose": "alert"},
        {"whose": "hotline"},
        {"lon": "nan", "lat": "inf", "place": ""},
        {"before": SimpleUploadedFile("x.jpg", b"<svg onload=alert(1)>")},
        {"before": [SimpleUploadedFile(f"{n}.jpg", b"x") for n in range(7)]},
    ],
)
def test_what_a_person_would_not_send_is_refused_and_leaves_nothing(
    send: Send, more: dict[str, object]
) -> None:
    assert send(**more).status_code == 422
    assert Case.objects.count() == Voice.objects.count() == Reporter.objects.count() == 0


def test_too_quick_is_asked_to_look_again_and_may_send_it_then(send: Send) -> None:
    answer = send(stamp=stamp(0))
    assert answer.status_code == 422
    assert "门口的灯坏了" in answer.content.decode()
    assert "forged" not in answer.content.decode()


def test_a_class_that_the_public_is_not_offered_leads_to_the_first_page(send: Send) -> None:
    assert send(matter="no-such").status_code == 302
    assert Case.objects.count() == 0


@pytest.mark.parametrize("name", sorted(WORDS))
def test_photos_of_the_museum_are_refused(send: Send, name: str) -> None:
    bad = (BAD / name).read_bytes()
    assert send(before=SimpleUploadedFile("x.jpg", bad)).status_code == 422
    assert Case.objects.count() == 0


@pytest.fixture
def within_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hour ends while the test knocks."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.mark.usefixtures("within_the_hour")
def test_one_address_cannot_flood_the_desk_but_a_danger_gets_through(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.MOST, "report", 2)
    assert [send().status_code for _ in range(3)] == [200, 200, 429]
    assert send(matter="fire").status_code == 200
    assert Case.objects.count() == 3


@pytest.mark.usefixtures("within_the_hour")
def test_codes_cannot_be_guessed(
    send: Send, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, code = receipt_of(send())
    monkeypatch.setitem(limits.MOST, "code", 3)
    for n in range(3):
        others = Client(REMOTE_ADDR=f"198.51.100.{n}")
        assert opened(others, number, "0000000000").status_code == 422
    assert opened(client, number, code).status_code == 429


def test_a_receipt_opens_its_own_matter_alone(send: Send, client: Client) -> None:
    (first, code), (second, _) = receipt_of(send()), receipt_of(send())
    assert opened(client, second, code).status_code == 422
    assert client.get("/public/mine/").status_code == 403
    assert opened(client, first, f"{code[:4]} {code[4:]}").status_code == 200


def test_knocks_are_forgotten_after_a_day(send: Send) -> None:
    send()
    assert limits.trim(timezone.now()) == 0
    assert limits.trim(timezone.now() + timedelta(days=2)) == 1


def test_without_a_script_the_form_needs_nothing_but_itself(
    people: dict[str, User], client: Client
) -> None:
    page = client.get("/public/report/?matter=device-care&place=tl04-b031").content.decode()
    assert '<option value="tl04-b031" selected>' in page
    assert "data-picker hidden" in page.replace('picker stack" ', "")


def test_what_is_near(people: dict[str, User], client: Client) -> None:
    from xiuhua.city.places.models import Place

    Place.objects.filter(code="tl04-b031").update(lon=121.43, lat=31.17)
    found = client.post("/public/near.json", {"lon": "121.4301", "lat": "31.17"}).json()
    assert [one["code"] for one in found["near"]] == ["tl04-b031"]
    assert 5 < found["near"][0]["metres"] < 15
    for lon in ("", "x", "nan", "999"):
        assert client.post("/public/near.json", {"lon": lon, "lat": "1"}).status_code == 422
    assert client.get("/public/near.json?lon=1&lat=1").status_code == 405


def test_a_poster_opens_the_form_there(people: dict[str, User], client: Client) -> None:
    client.force_login(people["acceptor"])
    page = client.get("/public/posters/tl04-b031/").content.decode()
    assert "<svg" in page
    assert "/public/?place=tl04-b031" in page
    assert client.get("/public/posters/tl04-b031-0402/").status_code == 404
