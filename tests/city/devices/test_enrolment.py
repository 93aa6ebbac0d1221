"""Devices brought in: many from a CSV, one with a one-time code; and a gateway taken out."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.city.conftest import Hire
from xiuhua.city.devices import codes, commands, credentials, enrolment, queries
from xiuhua.city.devices.commands import NewDevice
from xiuhua.city.devices.models import Device, EnrolCode, Gateway, LedgerStep
from xiuhua.city.places import commands as places
from xiuhua.city.places.commands import NewPlace
from xiuhua.city.road.ports import Enrolment
from xiuhua.gateway.ports import BadCode
from xiuhua.gateway.roll import Roll

pytestmark = pytest.mark.django_db
NOW = 1_790_000_000_000
HEAD = "id,kind,zh,en,place,site,lon,lat,under,tags,params\n"
BOX = "tl04-gw-09,gateway,网关,Box,,tl04,,,,,\n"
SMOKE = (
    "tl04-smoke-0009,smoke,烟感,Detector,tl04-b031,,121.43,31.17,tl04-gw-09,stairs top,"
    '"{""limit"": 0.08}"\n'
)
FLAT = "tl04-smoke-0010,smoke,烟感,Detector,tl04-b031-0402,,,,,,\n"


@pytest.fixture(autouse=True)
def house() -> None:
    spot = {"lon": 121.4, "lat": 31.1}
    places.put(
        places=[
            NewPlace(code="tl04", kind="compound", site="tl04", zh="十二村", en="Village", **spot),
            NewPlace(
                code="tl04-b031", kind="building", parent="tl04", site="tl04", zh="31号", en="31",
                **spot,
            ),
            NewPlace(
                code="tl04-b031-0402", kind="flat", parent="tl04-b031", site="tl04", zh="402室",
                en="402", **spot,
            ),
        ]
    )  # fmt: skip


@pytest.fixture
def mender(hire: Hire, client: Client) -> Client:
    client.force_login(hire("mei", role="integrator"))
    return client


def may_come(holder: str, secret: str) -> bool:
    return Roll(queries.speakers()).log_in(holder, secret) is not None


def told(holder: str) -> list[str]:
    return [step.what for step in queries.steps(holder)]


class TestCsv:
    def test_all_of_it_is_registered_and_each_has_its_secret(self) -> None:
        text = "\ufeff" + HEAD + SMOKE + "\n" + BOX + FLAT
        found = enrolment.enrol(text.encode(), by="mei", now=NOW)
        assert list(found) == ["tl04-smoke-0009", "tl04-gw-09", "tl04-smoke-0010"]
        assert all(may_come(holder, secret) for holder, secret in found.items())
        smoke, flat = (Device.objects.get(id=f"tl04-smoke-00{n}") for n in ("09", "10"))
        assert (smoke.under_id, smoke.site, smoke.building) == ("tl04-gw-09", "tl04", "tl04-b031")
        assert (smoke.tags, smoke.params) == (["stairs", "top"], {"limit": 0.08})
        assert (flat.flat, flat.building, flat.lon) == ("tl04-b031-0402", "tl04-b031", 121.4)
        assert told("tl04-gw-09") == ["registered", "issued"]

    @pytest.mark.parametrize(
        ("lines", "where", "why"),
        [
            ("x y,smoke,烟,S,tl04,,1,1,,,\n", 3, "x y"),
            ("a/b,smoke,烟,S,tl04,,1,1,,,\n", 3, "a/b"),
            ("a1,smell,烟,S,tl04,,1,1,,,\n", 3, "smell"),
            ("a1,smoke,,S,tl04,,1,1,,,\n", 3, "zh"),
            ("a1,smoke,烟,S,tl99,,1,1,,,\n", 3, "tl99"),
            ("a1,smoke,烟,S,tl04,tl98,1,1,,,\n", 3, "tl98"),
            ("a1,smoke,烟,S,tl04,,200,1,,,\n", 3, "lon"),
            ("a1,smoke,烟,S,tl04,,nan,1,,,\n", 3, "lon"),
            ("a1,smoke,烟,S,tl04,,1,1,gw-x,,\n", 3, "gw-x"),
            ('a1,smoke,烟,S,tl04,,1,1,,,"{""limit"":""x""}"\n', 3, "params"),
            ("a1,smoke,烟,S,tl04,,1,1,,,{\n", 3, "params"),
            ("a1,gateway,盒,B,,tl98,,,,,\n", 3, "tl98"),
            ("tl04-smoke-0010,smoke,烟,S,tl04,,1,1,,,\n", 3, "tl04-smoke-0010"),
            ("tl04-old-1,smoke,烟,S,tl04,,1,1,,,\n", 3, "tl04-old-1"),
            ("a1,smoke,烟\n", 3, "11"),
            ('a1,smoke,"烟\n', 3, ""),
        ],
    )
    def test_one_bad_line_and_nothing_is_done(self, lines: str, where: int, why: str) -> None:
        commands.put_gateway(id="tl04-old-1", site="tl04", zh="旧", en="Old")
        version = queries.ledger_version()
        with pytest.raises(enrolment.CannotEnrol) as refused:
            enrolment.enrol((HEAD + FLAT + lines).encode(), by="mei", now=NOW)
        (wrong,) = refused.value.wrong
        assert wrong.line == where and why in wrong.said
        assert not Device.objects.exists() and Gateway.objects.count() == 1
        assert queries.ledger_version() == version and not LedgerStep.objects.exists()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            HEAD.encode(),
            b"id,kind\nx,smoke\n",
            HEAD.replace("tags", "colour").encode(),
            b"id,kind,zh,en\nx,smoke,\xff\xff,S\n",
            b"id,kind,zh,en\n" + b"x" * enrolment.BYTES_MOST,
        ],
        ids=["empty", "no device", "columns missing", "strange column", "no text", "too long"],
    )
    def test_what_is_no_such_file_is_said_in_a_sentence(self, content: bytes) -> None:
        with pytest.raises(enrolment.CannotEnrol, match=r"."):
            enrolment.enrol(content, by="mei", now=NOW)

    def test_a_file_as_excel_here_saves_it_is_read(self) -> None:
        enrolment.enrol((HEAD + FLAT).encode("gb18030"), by="mei", now=NOW)
        assert Device.objects.get().zh == FLAT.split(",")[2]

    def test_every_bad_line_is_told_at_once(self) -> None:
        bad = "a b,smoke,烟,S,tl04,,1,1,,,\na2,smell,烟,S,tl04,,1,1,,,\n"
        with pytest.raises(enrolment.CannotEnrol) as refused:
            enrolment.enrol((HEAD + bad).encode(), by="mei", now=NOW)
        assert [wrong.line for wrong in refused.value.wrong] == [2, 3]

    def test_the_page_hands_the_secrets_out_once(self, mender: Client) -> None:
        file = SimpleUploadedFile("new.csv", (HEAD + BOX + FLAT).encode())
        answer = mender.post("/devices/enrol/csv", {"file": file})
        assert (
            "attachment" in answer["Content-Disposition"] and "no-store" in answer["Cache-Control"]
        )
        rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
        assert [row["id"] for row in rows] == ["tl04-gw-09", "tl04-smoke-0010"]
        assert all(may_come(row["id"], row["secret"]) for row in rows)
        again = SimpleUploadedFile("new.csv", (HEAD + BOX).encode())
        answer = mender.post("/devices/enrol/csv", {"file": again})
        assert answer.status_code == 422 and "第 2 行" in answer.content.decode()


class TestCode:
    def put(self) -> None:
        commands.put_gateway(id="tl04-gw-01", site="tl04", zh="网关", en="Box")

    def test_it_is_good_once(self) -> None:
        self.put()
        made = codes.make(holder="tl04-gw-01", by="mei", now=NOW)
        assert made.code not in str(list(EnrolCode.objects.values()))
        enrolled = Enrolment().redeem(made.code.lower().replace("-", " "), NOW + 1)
        assert enrolled.id == "tl04-gw-01" and may_come(enrolled.id, enrolled.secret)
        assert told("tl04-gw-01") == ["code_made", "issued", "enrolled"]
        assert why(made.code, NOW + 2) == "used"

    def test_a_device_that_speaks_already_goes_on_until_the_new_secret_is_used(self) -> None:
        self.put()
        old = credentials.issue(id="tl04-gw-01", now=NOW)
        made = codes.make(holder="tl04-gw-01", by="mei", now=NOW)
        enrolled = codes.redeem(made.code, NOW + 1)
        assert may_come("tl04-gw-01", old) and may_come("tl04-gw-01", enrolled.secret)

    def test_a_kind_and_a_place_get_the_next_free_id(self) -> None:
        first = codes.make(kind="smoke", place="tl04-b031-0402", by="mei", now=NOW)
        second = codes.make(kind="smoke", place="tl04", by="mei", now=NOW)
        one, two = codes.redeem(first.code, NOW), codes.redeem(second.code, NOW)
        assert (one.id, two.id) == ("tl04-smoke-0001", "tl04-smoke-0002")
        assert Device.objects.get(id=one.id).flat == "tl04-b031-0402"
        assert may_come(one.id, one.secret) and told(one.id)[0] == "registered"

    def test_what_is_over_says_why(self) -> None:
        self.put()
        late = codes.make(holder="tl04-gw-01", by="mei", now=NOW)
        gone = codes.make(holder="tl04-gw-01", by="mei", now=NOW)
        (row, *_) = EnrolCode.objects.order_by("-id")
        assert codes.revoke(id=row.pk, by="mei", now=NOW)
        assert not codes.revoke(id=row.pk, by="mei", now=NOW)
        assert why(gone.code, NOW) == "revoked"
        assert why(late.code, NOW + codes.LIFE) == "expired"
        assert why("AAAA-AAAA-AAAA-AAAA", NOW) == why("", NOW) == "unknown"
        commands.retire_gateway(id="tl04-gw-01", by="mei", now=NOW)
        assert why(late.code, NOW) == "not_in_service"
        assert queries.credential("tl04-gw-01") is None

    @pytest.mark.parametrize(
        "asked",
        [{"holder": "none"}, {"kind": "smell", "place": "tl04"}, {"kind": "smoke", "place": "x"}],
    )
    def test_for_what_is_not_there_none_is_made(self, asked: dict[str, str]) -> None:
        with pytest.raises(codes.CannotMake):
            codes.make(by="mei", now=NOW, **asked)

    def test_only_so_many_are_open(self) -> None:
        self.put()
        for _ in range(codes.OPEN_MOST):
            codes.make(holder="tl04-gw-01", by="mei", now=NOW)
        with pytest.raises(codes.CannotMake):
            codes.make(holder="tl04-gw-01", by="mei", now=NOW)
        codes.make(holder="tl04-gw-01", by="mei", now=NOW + codes.LIFE)

    def test_pages_show_it_once_and_withdraw_it(self, mender: Client) -> None:
        self.put()
        for path, form in (
            ("/devices/access/tl04-gw-01/code", {}),
            ("/devices/enrol/code", {"kind": "smoke", "place": "tl04"}),
        ):
            page = mender.post(path, form).content.decode()
            (code,) = re.findall(r"<code>([A-Z2-7-]{19})</code>", page)
            row = EnrolCode.objects.get(used=0, revoked=0)
            page = mender.post(f"/devices/enrol/code/{row.pk}/end", follow=True).content.decode()
            assert code not in page and "登记码已撤回" in page
        assert told("tl04-gw-01") == ["code_made", "code_ended"]
        page = mender.post("/devices/enrol/code", {"kind": "x", "place": "y"}, follow=True)
        assert "没有这种类型" in page.content.decode()


class TestGatewayTakenOut:
    def test_it_may_not_speak_and_its_page_says_what_its_devices_do(self, mender: Client) -> None:
        commands.put_gateway(id="tl04-gw-01", site="tl04", zh="网关", en="Box")
        commands.put_devices(devices=[under(number) for number in range(3)])
        box, own = (credentials.issue(id=id_) for id_ in ("tl04-gw-01", "tl04-smoke-0000"))
        page = mender.post("/devices/gateways/tl04-gw-01/retire", follow=True).content.decode()
        assert "已停用" in page and "3 台，其中 1 台" in page
        assert not may_come("tl04-gw-01", box) and may_come("tl04-smoke-0000", own)
        assert told("tl04-gw-01")[-1] == "retired"
        assert "tl04-gw-01" not in {gateway.id for gateway in queries.gateways()}
        page = mender.post("/devices/gateways/tl04-gw-01/retire", follow=True).content.decode()
        assert told("tl04-gw-01").count("retired") == 1
        assert mender.post("/devices/gateways/none/retire").status_code == 404


def under(number: int) -> NewDevice:
    return NewDevice(
        id=f"tl04-smoke-{number:04d}", kind="smoke", site="tl04", place="tl04", lon=121.4,
        lat=31.1, zh="烟感", en="Detector", under="tl04-gw-01",
    )  # fmt: skip


def why(code: str, now: int) -> str:
    with pytest.raises(BadCode) as refused:
        codes.redeem(code, now)
    return refused.value.why
