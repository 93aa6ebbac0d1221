"""What is fuzzed of the city: files that people bring, and what gateways of voice calls tell.

The tables are taken in for real, by the commands that the pages call; each input is undone.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

from django.db import transaction

from tests.city.alerts import world
from tests.city.cases.test_photos import picture
from xiuhua.city import sheets
from xiuhua.city.alerts import voice_pages
from xiuhua.city.almanac import commands as almanac
from xiuhua.city.cases import photos, standards
from xiuhua.city.devices import enrolment
from xiuhua.city.dispatch import tables as matrix
from xiuhua.city.exchange import commands as partners
from xiuhua.city.exchange import tables as orders
from xiuhua.city.exchange.models import Partner
from xiuhua.city.places import commands as places
from xiuhua.city.places.commands import NewPlace
from xiuhua.detection import Told, UnreadableSeries, scored
from xiuhua.epoch import millis
from xiuhua.neighbourhood import PilotError, load_devices
from xiuhua.runners import labels
from xiuhua.runners.sources import NothingToReplay

ROOT = Path(__file__).parents[2]


def settle() -> None:
    """The small sub-district of `world`: on the map, with a calendar, standards and a partner."""
    world.settle()
    places.put(
        places=[
            NewPlace(code=c, kind=k, parent=p, zh=zh, en=en, site=c[:4], lon=121.42, lat=31.17)
            for c, k, p, zh, en in world.PLACES
            if c.startswith("tl")
        ]
    )
    for year in (0, 1):  # so that a limit in workdays can be reckoned
        day = date(world.NOW.year + year, 1, 1)
        almanac.set_day(new=almanac.NewDay(date=day, works=False, zh="元旦", en="New Year"))
    standards.put_standards()
    partners.put_partner(code="hotline", zh="热线", en="Hotline", source="hotline")


def undone(take: Callable[[bytes], str]) -> Callable[[bytes], str]:
    """The same, with nothing left in the database; a table that is refused says why."""

    def run(data: bytes) -> str:
        with transaction.atomic():
            try:
                return take(data)
            except sheets.BadSheet as bad:
                return f"{bad}"[:60]
            finally:
                transaction.set_rollback(True)

    return run


def devices(data: bytes) -> str:
    """A CSV of devices to be enrolled."""
    try:
        found = enrolment.enrol(data, by="mei", now=millis(world.NOW))
    except enrolment.CannotEnrol as cannot:
        return " ".join(one.said for one in cannot.wrong)[:60]
    enrolment.as_csv(found)
    return f"{len(found)} enrolled"


def cases(data: bytes) -> str:
    """A CSV of the standards of cases."""
    count = standards.import_csv(sheets.text(data))
    standards.export_csv()
    return f"{count} rows"


def responsible(data: bytes) -> str:
    """A CSV of the matrix of responsibility."""
    count = matrix.bring_in(sheets.text(data), by="leader", now=world.NOW)
    matrix.export()
    return f"{count} rows"


def hotline(data: bytes) -> str:
    """A CSV of orders from a hotline."""
    rows = orders.take(Partner.objects.get(), data, by="acceptor", now=world.NOW)
    return " ".join(row.wrong or "taken" for row in rows)[:80]


def photo(data: bytes) -> str:
    """A photo from a phone becomes a JPEG of ours, or is refused."""
    try:
        clean = photos.clean(data)
    except photos.BadPhoto as bad:
        return str(bad)
    assert clean.startswith(b"\xff\xd8")
    return "a photo"


def call(data: bytes) -> str:
    """What a gateway tells of a call."""
    message = voice_pages.read(data)
    return "none" if message is None else message.state


def series(data: bytes) -> str:
    """A series to be scored: as many scores as rows."""
    told = Told()
    try:
        rows = list(scored(data, "x", told))
    except UnreadableSeries as error:
        return str(error)[:40]
    assert len(rows) == told.rows
    assert all(0 <= float(score) <= 1 for _, _, score in rows)
    return f"{told.no_value} {told.no_moment}"


@cache
def _file() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-file-")) / "file"


def truth(data: bytes) -> str:
    """A file of labels to score a replay by."""
    _file().write_bytes(data)
    try:
        return f"{len(labels.read(_file()).labels)} labels"
    except NothingToReplay as error:
        return "".join(letter for letter in str(error) if not letter.isdigit())[-60:]


def ledger(data: bytes) -> str:
    """A neighbourhood's devices.csv."""
    _file().write_bytes(data)
    try:
        return f"{len(load_devices(_file()))} devices"
    except PilotError as error:
        return str(error)[-40:]


def _standards() -> bytes:
    """The head and two rows of our own table."""
    text = (ROOT / "src/xiuhua/city/cases/standards.csv").read_text("utf-8")
    return "".join(text.splitlines(keepends=True)[:3]).encode()


def _devices() -> bytes:
    lines = (ROOT / "pilot/devices.csv").read_bytes().splitlines(keepends=True)
    return b"".join(lines[:4])


def _orders() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([names[0] for names in orders.COLUMNS.values()])
    where = ("tl04-b031", "31号", "121.42", "31.17")
    writer.writerow(("H-1", "路灯不亮", "device-care", *where, "王阿姨", "021-55550177"))
    writer.writerow(("H-2", "积水", "设备维护", "", "田园路1号"))
    return out.getvalue().encode()


ENROL = (
    "id,kind,zh,en,place,site,lon,lat,under,tags,params\n"
    "b9,gateway,网关,Box,,tl04,,,,,\n"
    's9,smoke,烟感,Detector,tl04-b031,tl04,121.43,31.17,b9,a b,"{""limit"": 0.08}"\n'
).encode()
MATRIX = b"class,place,main,helper\nfire,tl04,fire-1,repair-1\n,tl05,tl05-guard,\n"
CALL = b'{"id":"6f6c6f67-0000-4000-8000-000000000001","state":"pressed","key":"1"}'
TRUTH = (
    b'{"sort":"incident","incident":"fire","devices":["a"],"start":1,"end":2,"expected":["r"]}\n'
    b'{"sort":"fault","place":"b"}\n'
)
SERIES = (
    b"timestamp,value\n2026-01-01T00:00:00Z,1.5\n1767225600000,2\n2026/01/02 03:04:05,\n",
    b'"t";"value"\n1;1,5\n2;"2,5"\n', b"1\n2\n3\n", "时间,值\n1,2\n".encode("gb18030"),
    "timestamp,value\n1,2\n".encode("utf-16"),
)  # fmt: skip

PLAIN: tuple[tuple[str, Callable[[bytes], str], tuple[bytes, ...]], ...] = (
    ("photo", photo, tuple(picture(form) for form in photos.FORMATS)),
    ("word of a voice gateway", call, (CALL,)),
    ("series to be scored", series, SERIES),
    ("labels of a replay", truth, (TRUTH,)),
    ("devices of a neighbourhood", ledger, (_devices(),)),
)
TABLES: tuple[tuple[str, Callable[[bytes], str], tuple[bytes, ...]], ...] = (
    ("csv of devices", undone(devices), (ENROL,)),
    ("csv of standards", undone(cases), (_standards(),)),
    ("csv of responsibility", undone(responsible), (MATRIX,)),
    ("csv of orders", undone(hotline), (_orders(), _orders().decode().encode("gb18030"))),
)
"""These need the town of `settle`."""
