"""The page of rejected messages, as people of different roles meet it, and its orders to replay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.city.conftest import Hire
from xiuhua.city.people.models import Look
from xiuhua.city.road import commands
from xiuhua.city.road.models import Replay
from xiuhua.city.road.ports import Replays
from xiuhua.epoch import now_ms
from xiuhua.log.base import Entry, Rejected
from xiuhua.log.database import Log, open_log
from xiuhua.log.rejected import Narrowed

pytestmark = pytest.mark.django_db

PAGE = "/road/rejected/"
UNKNOWN = "台账里没有这个设备。请先登记。\nThis device is not in the ledger."


def message(device: str, reason: str, body: bytes | None, *, ago: int = 0) -> Rejected:
    at = now_ms() - ago * 3_600_000
    return Rejected(at, "mqtt", "tl04-gw-01", device, reason, UNKNOWN, ("battery",), body)


@pytest.fixture
def log(tmp_path: Path, settings: LazySettings) -> Iterator[Log]:
    settings.LOG = str(tmp_path / "log.db")
    with open_log(settings.LOG) as log:
        first = message("tl04-smoke-0099", "unknown_device", b'{"battery":3,"name":"x"}', ago=99)
        second = message("tl04-smoke-0099", "unknown_device", b'{"battery":4}')
        third = message("tl04-door-0001", "wrong_type", None)
        log.append(Entry(rejected=[first, second, third]), now_ms())
        yield log


@pytest.fixture
def mender(hire: Hire, client: Client, log: Log) -> Client:
    client.force_login(hire("mei", role="integrator"))
    return client


def page(client: Client, query: str = "", language: str = "zh-hans") -> str:
    client.cookies["django_language"] = language
    answer = client.get(PAGE + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_they_are_counted_by_reason_and_device_and_listed(mender: Client) -> None:
    text = page(mender)
    assert "共 3 条" in text
    assert "重放这 2 条报文" in text
    assert "台账里没有这个设备。请先登记。" in text
    assert "未留存内容" in text


def test_it_can_be_read_in_english(mender: Client) -> None:
    text = page(mender, language="en")
    assert "This device is not in the ledger." in text
    assert "Play 2 messages again" in text


def test_they_are_narrowed_by_reason_device_and_time(mender: Client) -> None:
    assert "共 1 条" in page(mender, "?reason=wrong_type")
    assert "共 2 条" in page(mender, "?device=tl04-smoke-0099")
    assert "共 2 条" in page(mender, "?span=24h")
    assert "没有被拒报文" in page(mender, "?reason=wrong_type&device=tl04-smoke-0099")
    assert "共 3 条" in page(mender, "?span=nonsense&before=nonsense")


def test_the_devices_page_leads_here(mender: Client) -> None:
    assert PAGE in mender.get("/devices/").content.decode()


def test_who_only_looks_sees_the_list_but_neither_content_nor_replay(
    hire: Hire, client: Client, log: Log
) -> None:
    client.force_login(hire("lin", role="duty_officer"))
    assert "重放这" not in page(client)
    assert client.get(f"{PAGE}1").status_code == 403
    assert client.post(f"{PAGE}replay", {}).status_code == 403
    client.force_login(hire("wu", role="window_clerk"))
    assert client.get(PAGE).status_code == 403
    assert Replay.objects.count() == 0


def test_a_look_at_the_content_needs_a_reason_is_masked_and_recorded(mender: Client) -> None:
    assert "battery&quot;: 3" not in mender.get(f"{PAGE}1").content.decode()
    assert "battery&quot;: 3" not in mender.post(f"{PAGE}1", {"reason": " "}).content.decode()
    assert Look.objects.count() == 0
    shown = mender.post(f"{PAGE}1", {"reason": "it does not speak"}).content.decode()
    assert "battery&quot;: 3" in shown
    assert "name&quot;: &quot;•••&quot;" in shown
    (look,) = Look.objects.all()
    assert (look.who, look.role, look.why) == ("mei", "integrator", "it does not speak")
    assert look.what == "rejected message 1 of tl04-smoke-0099: content, masked"


def test_what_was_not_kept_and_what_never_was_cannot_be_looked_at(mender: Client) -> None:
    assert "未留存：" in mender.get(f"{PAGE}3").content.decode()
    assert mender.get(f"{PAGE}4").status_code == 404


def test_a_replay_is_ordered_of_what_is_chosen_and_its_result_is_shown(mender: Client) -> None:
    chosen = {"reason": "unknown_device", "device": "", "span": "24h"}
    answer = mender.post(f"{PAGE}replay", chosen, follow=True)
    assert answer.redirect_chain == [(f"{PAGE}?reason=unknown_device&device=&span=24h", 302)]
    assert "进行中" in answer.content.decode()
    (order,) = Replays().open()
    assert (order.reason, order.device, order.upto, order.reached) == ("unknown_device", "", 2, 0)
    Replays().went_on(order.id, 2, {"wrong_type": 1})
    Replays().went_on(order.id, 2, {"wrong_type": 1})  # told again after a crash
    Replays().finished(order.id)
    Replays().finished(order.id)
    assert Replays().open() == []
    row = Replay.objects.get()
    assert (row.by, row.messages, row.refused, row.taken) == ("mei", 1, {"wrong_type": 1}, 0)
    text = page(mender)
    assert "进行中" not in text
    assert "应是…" in text  # the sentence of the reason, without one message's facts


def test_where_nothing_waits_nothing_is_ordered(mender: Client, log: Log) -> None:
    answer = mender.post(f"{PAGE}replay", {"reason": "wrong_type"}, follow=True)
    assert "没有可重放的报文" in answer.content.decode()
    with pytest.raises(commands.NothingWaits):
        commands.order_replay(which=Narrowed(device="nobody"), box=log.rejected, by="mei")
    assert Replay.objects.count() == 0


def test_a_log_that_cannot_be_read_is_said(
    mender: Client, settings: LazySettings, tmp_path: Path
) -> None:
    settings.LOG = str(tmp_path / "no.db")
    (tmp_path / "no.db").write_text("this is no database, and never was one")
    answer = mender.get(PAGE)
    assert answer.status_code == 503
    assert "日志暂时无法读取" in answer.content.decode()
