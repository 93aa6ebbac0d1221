"""A city hotline beside us: its orders in, our work on them, our answers back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.city.alerts import world
from tests.city.cases.test_photos import picture
from xiuhua.city.almanac import commands as almanac
from xiuhua.city.cases import commands as cases
from xiuhua.city.cases.machine import Step
from xiuhua.city.cases.models import Case, CaseClass, Photo, Voice
from xiuhua.city.exchange import changes, commands
from xiuhua.city.exchange.models import Change, Order, Partner
from xiuhua.city.people.models import Reporter
from xiuhua.epoch import millis

URL = "/api/exchange/orders"
ORDER = {
    "number": "SH12345-2026-0007", "words": "路灯不亮，老人夜里不敢走", "case_class": "device-care",
    "place": "tl04-b031", "name": "王阿姨", "phone": "021-55550177",
}  # fmt: skip
Call = Callable[..., Any]


class Hotline:
    """A hotline's own system: takes our answers, says "busy" as often as it is told to, and checks
    each signature as the guide says."""

    def __init__(self) -> None:
        self.secret, self.busy, self.heard = "", 0, list[dict[str, Any]]()
        hotline = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(hotline.hear(body, self.headers["X-Xiuhua-Signature"]))
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/answers"

    def hear(self, body: bytes, signature: str) -> int:
        at, _, signed = signature.removeprefix("t=").partition(",v1=")
        key = hashlib.sha256(self.secret.encode()).hexdigest()
        right = hmac.new(key.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
        if not hmac.compare_digest(signed, right):
            return 401
        if self.busy:
            self.busy -= 1
            return 503
        self.heard.append(json.loads(body))
        return 204


@pytest.fixture
def hotline() -> Iterator[Hotline]:
    made = Hotline()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def people(db: None) -> dict[str, User]:
    people = world.settle()
    for year in (timezone.now().year, timezone.now().year + 1):
        day = almanac.NewDay(date=date(year, 1, 1), works=False, zh="元旦", en="New Year")
        almanac.set_day(new=day)
    facts = {"zh": "政策咨询与求助", "en": "Advice and help", "team_kind": "duty"}
    CaseClass.objects.create(code="public-service", **facts)
    return people


@pytest.fixture
def secret(people: dict[str, User], hotline: Hotline) -> str:
    hotline.secret = commands.put_partner(
        code="sh12345", zh="12345热线", en="12345 hotline", source="hotline",
        webhook=hotline.address,
    )  # fmt: skip
    return hotline.secret


@pytest.fixture
def call(secret: str) -> Call:
    """`call(URL, {...})` posts as the hotline, `call(URL)` gets."""

    def call(url: str, body: object = None, *, secret: str = secret) -> Any:
        headers = {"authorization": f"Bearer {secret}"}
        if body is None:
            return Client(headers=headers).get(url)
        return Client(headers=headers, enforce_csrf_checks=True).post(
            url, body, content_type="application/json"
        )

    return call


def work(case: Case, people: dict[str, User]) -> None:
    """From the first contact to the closure, each step by whose it is."""
    way: list[tuple[Step, str, dict[str, object]]] = [
        (Step.CONTACT, "acceptor", {"note": "已先行联系。"}),
        (Step.ASK_VERIFY, "acceptor", {"note": "内部：看看是不是那盏"}),
        (Step.VERIFY, "supervisor", {}),
        (Step.FILE, "acceptor", {}),
        (Step.DISPATCH, "dispatcher", {"team": "repair-1"}),
        (Step.ACCEPT, "crew", {}),
        (Step.HANDLE, "crew", {"note": "换好了", "proof": cases.Proof(after=[picture()])}),
        (Step.APPROVE, "supervisor", {}),
        (Step.ANSWER, "acceptor", {"note": "灯已换好。"}),
        (Step.CALL_BACK, "acceptor", {"note": "回访：满意。", "satisfied": True}),
        (Step.CLOSE, "acceptor", {}),
    ]
    for step, who, more in way:
        case.refresh_from_db()
        cases.do(
            case.number, step, by=people[who], version=case.version, now=timezone.now(), **more  # type: ignore[arg-type]
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_an_order_from_its_arrival_to_the_call_back(
    call: Call, people: dict[str, User], hotline: Hotline
) -> None:
    photo = base64.b64encode(picture()).decode()
    said = call(URL, ORDER | {"photos": [photo]})
    assert said.status_code == 201, said.content
    case = Case.objects.get()
    assert (case.source, case.order, case.stage) == ("hotline", ORDER["number"], "reported")
    assert set(said.json()["owes"]) == {"contact", "answer", "call_back"}
    assert said.json()["owes"]["contact"] < said.json()["owes"]["answer"]
    assert Photo.objects.count() == 1
    work(case, people)
    hotline.busy = 2
    now = timezone.now()
    assert changes.deliver(now) == 0
    assert changes.deliver(now) == 0  # not before its time
    assert changes.deliver(now + timedelta(minutes=2)) == 0
    assert changes.deliver(now + timedelta(minutes=5)) == 12
    assert [one["step"] for one in hotline.heard] == [
        "open", "contact", "ask_verify", "verify", "file", "dispatch", "accept", "handle",
        "approve", "answer", "call_back", "close",
    ]  # fmt: skip
    by_step = {one["step"]: one for one in hotline.heard}
    assert by_step["answer"]["words"] == "灯已换好。"
    assert by_step["call_back"]["satisfied"] is True
    assert "words" not in by_step["ask_verify"]
    assert changes.deliver(now + timedelta(hours=9)) == 0
    first = Change.objects.get(seq=hotline.heard[0]["seq"])
    assert (first.tries, first.answer) == (3, "204")
    pulled = call("/api/exchange/changes?limit=5").json()
    rest = call(f"/api/exchange/changes?after={pulled['next']}").json()
    assert pulled["changes"] + rest["changes"] == hotline.heard
    assert call(f"/api/exchange/changes?after={rest['next']}").json()["changes"] == []
    assert call(f"{URL}/{ORDER['number']}").json()["stage"] == "closed"


def test_the_same_order_is_one_case_and_another_under_its_number_is_refused(call: Call) -> None:
    assert call(URL, ORDER).status_code == 201
    again = call(URL, ORDER)
    assert (again.status_code, again.json()["case"]) == (200, Case.objects.get().number)
    other = call(URL, ORDER | {"words": "别的事"})
    assert (other.status_code, other.json()["code"]) == (409, "order_differs")
    assert Case.objects.count() == Voice.objects.count() == Reporter.objects.count() == 1


def test_urged_and_added_to(call: Call, people: dict[str, User]) -> None:
    call(URL, ORDER)
    one = f"{URL}/{ORDER['number']}"
    assert call(f"{one}/urge", {}).status_code == 200
    assert call(f"{one}/urge", {}).status_code == 409
    assert call(f"{one}/additions", {"words": "又来电：还有一盏"}).status_code == 200
    assert Case.objects.get().urged == 1
    assert [voice.words for voice in Voice.objects.all()][1:] == ["又来电：还有一盏"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"case_class": "no-such"}, "unknown_class"),
        ({"place": "no-such"}, "unknown_place"),
        ({"place": ""}, "no_place"),
        ({"photos": ["%%%"]}, "bad_photo"),
        ({"photos": [base64.b64encode(b"<html>").decode()]}, "bad_photo"),
        ({"phone": "nobody"}, None),
        ({"number": "7' OR 1=1"}, None),
        ({"lon": 999}, None),
        ({"words": ""}, None),
    ],
)
def test_what_is_wrong_is_said_and_leaves_nothing(
    call: Call, more: dict[str, object], code: str | None
) -> None:
    said = call(URL, ORDER | more)
    assert said.status_code == 422
    assert code is None or said.json()["code"] == code
    assert Case.objects.count() == Order.objects.count() == Reporter.objects.count() == 0


def test_an_address_that_nobody_knows_is_taken_in_and_said_so(call: Call) -> None:
    said = call(URL, ORDER | {"place": "", "address": "菜场后门", "case_class": ""})
    assert (said.status_code, said.json()["place_found"]) == (201, False)
    assert "菜场后门" in Voice.objects.get().words


def test_a_partner_sees_its_own_orders_alone(call: Call) -> None:
    call(URL, ORDER)
    other = commands.put_partner(code="qu", zh="区平台", en="District", source="district")
    assert call(f"{URL}/{ORDER['number']}", secret=other).status_code == 404
    assert call("/api/exchange/changes", secret=other).json()["changes"] == []
    assert call(URL, ORDER, secret=other).status_code == 201
    assert {case.source for case in Case.objects.all()} == {"hotline", "district"}


def test_a_wrong_an_old_and_a_closed_secret_open_nothing(call: Call, secret: str) -> None:
    assert call(URL, ORDER, secret="guess").status_code == 401
    fresh = commands.put_partner(code="sh12345", zh="热线", en="Hotline", source="hotline")
    assert call(URL, ORDER).status_code == 401
    assert call(URL, ORDER, secret=fresh).status_code == 201
    commands.close(code="sh12345")
    assert call(URL, ORDER, secret=fresh).status_code == 401
    assert secret not in str(list(Partner.objects.values()))


def test_a_merged_order_hears_what_becomes_of_the_other(
    call: Call, people: dict[str, User]
) -> None:
    call(URL, ORDER)
    call(URL, ORDER | {"number": "SH-8"})
    first, second = Case.objects.order_by("id")
    cases.do(
        second.number, Step.MERGE, by=people["acceptor"], version=second.version,
        now=timezone.now(), other=first.number,
    )  # fmt: skip
    changes.gather(timezone.now())
    cases.do(
        first.number, Step.CONTACT, by=people["acceptor"], version=first.version,
        now=timezone.now(), note="两件一起办。",
    )  # fmt: skip
    told = call("/api/exchange/changes").json()["changes"]
    answers = [one["order"] for one in told if one["step"] == "contact"]
    assert sorted(answers) == sorted([ORDER["number"], "SH-8"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_taken_in_row_by_row(
    secret: str, people: dict[str, User], encoding: str
) -> None:
    lines = (
        "工单编号,内容,类别,地点代码,联系电话",
        "A-1,灯坏了,设备维护,tl04-b031,021-55550177",
        "A-2,,设备维护,tl04-b031,",
        "A-3,门坏了,没有的类别,tl04-b031,",
        '"A-4","两行\n内容",,tl04,',
        "A-5,电话不对,,tl04,打给我",
    )
    client = Client(headers={"accept-language": "zh"})
    client.force_login(people["acceptor"])

    def send() -> str:
        file = SimpleUploadedFile("orders.csv", "\n".join(lines).encode(encoding))
        said = client.post("/exchange/table/", {"partner": "sh12345", "file": file})
        assert said.status_code == 200
        return str(said.content.decode())

    page = send()
    assert sorted(Order.objects.values_list("number", flat=True)) == ["A-1", "A-4"]
    for wrong in ("A-2", "A-3", "A-5"):
        assert wrong in page
    assert "打给我" not in page
    send()
    assert Case.objects.count() == 2


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00\x00", b"a,b\n1,2", b'"open', b"\x00" * 99])
def test_a_file_that_is_no_table_is_refused(
    secret: str, people: dict[str, User], raw: bytes
) -> None:
    client = Client()
    client.force_login(people["acceptor"])
    file = SimpleUploadedFile("orders.csv", raw or b" ")
    said = client.post("/exchange/table/", {"partner": "sh12345", "file": file})
    assert said.status_code == 422
    assert Case.objects.count() == 0


def test_a_secret_is_made_on_the_page_and_shown_once(people: dict[str, User]) -> None:
    from xiuhua.city.staff import commands as staff

    staff.put_member(username="system", role="system_admin", zh="系统", en="System")
    client = Client()
    client.force_login(User.objects.get(username="system"))
    facts = {"code": "wg", "zh": "网格", "en": "Grid", "source": "department", "webhook": ""}
    page = client.post("/exchange/", facts).content.decode()
    secret = page.partition("data-secret>")[2].partition("<")[0]
    assert Partner.objects.get(digest=commands.digest(secret)).code == "wg"
    assert secret not in client.get("/exchange/").content.decode()


def test_waits_grow_and_end_at_an_hour() -> None:
    waits = [changes.wait(tries) for tries in range(1, changes.GIVEN_UP_AFTER)]
    assert waits == sorted(waits)
    assert waits[0] == changes.FIRST_WAIT
    assert waits[-1] == changes.LONGEST_WAIT
    assert sum(waits, timedelta()) > timedelta(days=3)


def test_times_are_epoch_milliseconds(call: Call) -> None:
    before = millis(timezone.now())
    call(URL, ORDER)
    (opened,) = call("/api/exchange/changes").json()["changes"]
    assert before <= opened["at"] <= millis(timezone.now())
