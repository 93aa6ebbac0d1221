"""The devices' pages and requests, as people of different roles meet them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from django.conf import LazySettings
from django.test import Client

from tests.city.conftest import Hire
from xiuhua.city.devices import commands, readings
from xiuhua.city.devices.commands import NewDevice
from xiuhua.city.devices.curve import curve
from xiuhua.city.manifest import Manifest
from xiuhua.city.places import commands as places
from xiuhua.city.places.commands import NewPlace
from xiuhua.history.files import write_part
from xiuhua.history.layout import Home, day_of, polars_schema

pytestmark = pytest.mark.django_db

SMOKE = NewDevice(
    id="tl04-smoke-0007", kind="smoke", site="tl04", place="tl04-b031", lon=121.43, lat=31.17,
    zh="楼道烟感", en="Stairwell smoke", tags=("stairs",), params={"limit": 0.08},
)  # fmt: skip
DOOR = NewDevice(
    id="tl04-door-0001", kind="door", site="tl04", place="tl04-b031", lon=121.43, lat=31.17,
    zh="31号门", en="Door of No. 31",
)  # fmt: skip
T0 = 1_790_000_000_000


@pytest.fixture(autouse=True)
def house() -> None:
    places.put(
        places=[
            NewPlace(code="tl04", kind="compound", site="tl04", zh="田园十二村", en="Village 12"),
            NewPlace(
                code="tl04-b031",
                kind="building",
                parent="tl04",
                site="tl04",
                zh="31号",
                en="No. 31",
            ),
        ]
    )
    commands.put_devices(devices=[SMOKE, DOOR])


@pytest.fixture
def officer(hire: Hire, client: Client) -> Client:
    client.force_login(hire("lin", role="duty_officer"))
    return client


def say(device: str, time: int, rest: str) -> None:
    line = f'{{"device":"{device}","time":{time},{rest}}}'
    commands.note_readings([(device, time, time + 40, line)])


def test_a_stranger_is_sent_to_log_in_and_a_handler_refused(client: Client, hire: Hire) -> None:
    assert client.get("/devices/").status_code == 302
    assert client.get("/api/devices/").status_code == 401
    client.force_login(hire("bao", role="handler"))
    assert client.get("/devices/").status_code == 403
    assert client.get("/api/devices/tl04-smoke-0007").status_code == 403


def test_a_device_that_has_left_still_has_its_page(officer: Client) -> None:
    """Alerts of long ago lead there, also when it was the last one of its site."""
    commands.retire(ids=[SMOKE.id, DOOR.id])
    page = officer.get(f"/devices/{SMOKE.id}").content.decode()
    assert "这台设备已停用" in page
    assert "<dd>田园十二村</dd>" in page


def test_the_list_narrows_and_says_how_many_stand_how(officer: Client) -> None:
    commands.set_levels({SMOKE.id: "serious"})
    page = officer.get("/devices/", {"level": "serious"}).content.decode()
    assert "楼道烟感" in page and "31号门" not in page
    assert "田园十二村 31号" in page
    assert 'data-level="serious"' in page
    assert 'data-state="empty"' in officer.get("/devices/", {"text": "zzz"}).content.decode()


def test_a_broken_connection_stands_on_the_page_until_the_device_speaks(officer: Client) -> None:
    say(SMOKE.id, T0, '"obscuration":0.02')
    commands.note_links({SMOKE.id: T0 + 60_000})
    page = officer.get(f"/devices/{SMOKE.id}").content.decode()
    assert "连接中断（遗嘱）" in page and "未经告别而中断" in page
    assert "连接中断（遗嘱）" in officer.get("/devices/?level=lost").content.decode()
    say(SMOKE.id, T0 + 61_000, '"obscuration":0.02')
    assert "未经告别而中断" not in officer.get(f"/devices/{SMOKE.id}").content.decode()


def test_the_list_turns_its_pages_and_keeps_the_question(officer: Client) -> None:
    many = [NewDevice(id=f"tl04-arc-{n:04d}", kind="arc", site="tl04", place="tl04", lon=1, lat=2,
                      zh="电弧", en="Arc") for n in range(60)]  # fmt: skip
    commands.put_devices(devices=many)
    first = officer.get("/devices/", {"kind": "arc"}).content.decode()
    assert "?kind=arc&amp;page=2" in first
    second = officer.get("/devices/", {"kind": "arc", "page": "2"}).content.decode()
    assert "tl04-arc-0059" in second and "tl04-arc-0000" not in second


def test_a_device_shows_what_it_said_in_the_readers_words(officer: Client) -> None:
    say(SMOKE.id, T0, '"obscuration":0.02,"temperature":24.1,"battery":2.9')
    page = officer.get(f"/devices/{SMOKE.id}").content.decode()
    assert "减光率" in page and "0.02 dB/m" in page and "24.1 ℃" in page
    officer.cookies["django_language"] = "en"
    page = officer.get(f"/devices/{SMOKE.id}").content.decode()
    assert "Obscuration" in page and "Stairwell smoke" in page
    assert officer.get("/devices/nobody").status_code == 404


def test_no_page_and_no_answer_shows_a_persons_token(officer: Client) -> None:
    say(DOOR.id, T0, '"event":"card","card":"c-secret-1","granted":true,"open":false')
    page = officer.post(f"/devices/{DOOR.id}", {"reason": "case 7"}, follow=True).content.decode()
    assert "c-secret-1" not in page and "刷卡" in page
    answer = officer.get(f"/api/devices/{DOOR.id}", {"reason": "case 7"}).json()
    assert answer["reading"] == {"event": "card", "granted": True, "open": False}
    assert (answer["time"], answer["arrival"], answer["level"]) == (T0, T0 + 40, "well")


@pytest.fixture
def past(tmp_path: Path, settings: LazySettings) -> None:
    """Ten minutes of history, one reading a minute."""
    settings.HISTORY_ROOT = tmp_path
    times = [T0 + at * 60_000 for at in range(10)]
    rows = pl.DataFrame(
        {
            "device": [SMOKE.id] * 10,
            "time": times,
            "arrival": times,
            "position": list(range(1, 11)),
            "obscuration": [at / 100 for at in range(10)],
            "temperature": [24.0] * 10,
            "battery": [2.9] * 10,
            "late": [False] * 10,
        }
    )
    schema = polars_schema("smoke")
    rows = rows.with_columns(pl.col("time", "arrival").cast(schema["time"])).select(
        pl.col(name).cast(dtype) for name, dtype in schema.items()
    )
    Manifest().add([write_part(tmp_path, Home("smoke", "tl04"), day_of(T0), rows)])


def test_a_series_comes_from_history_and_ends_with_the_last_reading(
    officer: Client, past: None
) -> None:
    say(SMOKE.id, T0 + 600_000, '"obscuration":0.5,"temperature":24.1,"battery":2.9')
    ask = {"field": "obscuration", "from": T0 + 480_000, "to": T0 + 700_000}
    answer = officer.get(f"/api/devices/{SMOKE.id}/series", ask).json()
    assert answer["value"] == answer["low"] == answer["high"] == [0.08, 0.09, 0.5]
    assert answer["time"][-1] == T0 + 600_000
    ask["to"] = T0 + 600_000  # the end is not included
    assert officer.get(f"/api/devices/{SMOKE.id}/series", ask).json()["value"] == [0.08, 0.09]


def test_a_series_says_where_nothing_was_said(
    officer: Client, past: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "now_ms", lambda: T0 + 4_000_000)
    ask = {"field": "obscuration", "from": T0, "to": T0 + 7_200_000}

    def gaps() -> list[list[int]]:
        answer = officer.get(f"/api/devices/{SMOKE.id}/series", ask).json()
        return [[since - T0, until - T0] for since, until in answer["gaps"]]

    assert gaps() == [[540_000, 4_000_000]]  # to this moment, not to the end asked for
    say(SMOKE.id, T0 + 2_000_000, '"obscuration":0.5,"temperature":24.1,"battery":2.9')
    assert gaps() == [[540_000, 2_000_000], [2_000_000, 4_000_000]]
    say(SMOKE.id, T0 + 3_990_000, '"obscuration":0.5,"temperature":24.1,"battery":2.9')
    assert gaps() == [[540_000, 3_990_000]]


def test_a_device_tells_how_it_stood_at_a_time(officer: Client, past: None) -> None:
    say(SMOKE.id, T0 + 600_000, '"obscuration":0.5,"temperature":24.1,"battery":2.9')

    def stood(at: int) -> tuple[int, object]:
        answer = officer.get(f"/api/devices/{SMOKE.id}", {"at": at}).json()
        return answer["time"] - T0, answer["reading"].get("obscuration")

    assert stood(T0 + 179_999) == (120_000, 0.02)
    assert stood(T0 + 180_000) == (180_000, 0.03)
    assert stood(T0 + 599_999) == (540_000, 0.09)
    assert stood(T0 + 600_000) == (600_000, 0.5)  # said, and not yet in history
    assert stood(T0 - 1) == (-T0, None)
    assert officer.get(f"/api/devices/{SMOKE.id}", {"at": 10**21}).status_code == 422


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"field": "soul"}, 422),
        ({"to": T0}, 422),
        ({"to": T0 + 93 * 86_400_000}, 422),
        ({"from": 10**21, "to": 10**21 + 1}, 422),  # no number that the files can hold
    ],
)
def test_a_bad_question_gets_a_clear_answer(
    officer: Client, change: dict[str, object], status: int
) -> None:
    ask = {"field": "obscuration", "from": T0, "to": T0 + 1} | change
    answer = officer.get(f"/api/devices/{SMOKE.id}/series", ask)
    assert (answer.status_code, list(answer.json())) == (status, ["detail"])


def test_the_map_gets_every_device(officer: Client) -> None:
    answer = officer.get("/api/devices/").json()
    assert [(one["id"], one["level"]) for one in answer] == [
        (DOOR.id, "unheard"),
        (SMOKE.id, "unheard"),
    ]


def test_a_curve_keeps_gaps_and_bounds() -> None:
    minute = 60_000
    time = [0, minute, 2 * minute, 50 * minute, 51 * minute]
    drawn = curve(time, [1.0, 2.0, 1.0, 3.0, 3.0], 0, 60 * minute)
    assert drawn is not None
    assert drawn.path.count("M") == 2 and drawn.path.count("L") == 3
    assert drawn.low < 1 and drawn.high > 3
    assert curve([], [], 0, 1) is None
    whole = curve(time[:3], [1.0, 2.0, 1.0], 0, 60 * minute)
    assert whole is not None and whole.path.count("M") == 1
    parted = curve(time[:3], [1.0, 2.0, 1.0], 0, 60 * minute, gaps=[(minute, 2 * minute)])
    assert parted is not None and parted.path.count("M") == 2
    flat = curve([5], [0.0], 0, 10)
    assert flat is not None and "nan" not in flat.path


def test_a_chart_is_drawn_for_the_span_asked(officer: Client) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    say(SMOKE.id, now - 3_600_000, '"obscuration":0.5,"temperature":24.1,"battery":2.9')
    page = officer.get(f"/devices/{SMOKE.id}", {"span": "6h", "field": "battery"}).content.decode()
    assert 'class="curve"' in page and "电池电压" in page
