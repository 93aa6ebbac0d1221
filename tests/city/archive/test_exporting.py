"""History as a file: what pandas, pyarrow and polars read from it, who took it and why."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from tests.city.archive.conftest import DAY, DOOR, NOW, SMOKE
from tests.city.conftest import Hire
from xiuhua.city.archive import exporting
from xiuhua.city.archive.models import Export
from xiuhua.city.manifest import Manifest
from xiuhua.city.people.models import Look

pytestmark = pytest.mark.django_db

SPAN = {"from": NOW - 61 * DAY, "to": NOW}
READ = {
    "csv": pl.read_csv,
    "ndjson": lambda content: pl.from_pandas(
        pd.read_json(io.BytesIO(content), lines=True, compression="gzip", dtype=False)
    ),
    "parquet": lambda content: pl.from_arrow(pq.read_table(io.BytesIO(content))),
}


@pytest.fixture
def leader(hire: Hire, client: Client) -> Client:
    client.force_login(hire("lu", role="shift_leader"))
    return client


def ask(client: Client, what: str, **said: Any) -> Any:
    body = json.dumps(SPAN | {"reason": "case 7"} | said)
    return client.post(f"/api/archive/{what}/export", body, content_type="application/json")


def content(response: Any) -> bytes:
    async def whole() -> bytes:
        return b"".join([piece async for piece in response.streaming_content])

    return async_to_sync(whole)()


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_others_read_it_and_every_row_names_the_record(
    root: Path, leader: Client, form: str
) -> None:
    said = ask(leader, f"devices/{SMOKE}", form=form)
    assert said.status_code == 200
    rows = READ[form](content(said))
    row = Export.objects.get()
    assert rows["device"].to_list() == [SMOKE] * 3
    assert rows["position"].to_list() == [1, 2, 3]
    assert rows["export"].to_list() == [row.pk] * 3
    assert (said["X-Export"], said["X-Rows"]) == (str(row.pk), "3")
    assert (row.by, row.why, row.rows, row.device) == ("lu", "case 7", 3, SMOKE)


def test_pandas_reads_the_csv(root: Path, leader: Client) -> None:
    said = content(ask(leader, f"devices/{SMOKE}"))
    rows = pd.read_csv(io.BytesIO(said), compression="gzip", parse_dates=["time"])
    assert [at.value // 1_000_000 for at in rows["time"]] == [NOW - d * DAY for d in (60, 31, 1)]


def test_a_home_leaves_a_look_and_nothing_leaves_without_a_reason(
    root: Path, leader: Client
) -> None:
    assert ask(leader, f"devices/{SMOKE}", reason="  ").status_code == 422
    assert not Export.objects.exists() and not Look.objects.exists()
    ask(leader, f"devices/{SMOKE}")
    number = Export.objects.get().pk
    look = Look.objects.get()
    assert (look.who, look.why) == ("lu", "case 7")
    assert look.what.startswith(f"device {SMOKE} export {number} ")
    ask(leader, "devices/tl04-smoke-0008")  # of no home: recorded, but no look
    assert (Export.objects.count(), Look.objects.count()) == (2, 1)


def test_a_kind_is_for_fewer_and_always_a_look(root: Path, leader: Client, hire: Hire) -> None:
    said = ask(leader, "kinds/smoke", form="parquet")
    assert pq.read_table(io.BytesIO(content(said))).num_rows == 6
    assert Look.objects.count() == 1
    assert ask(leader, "kinds/smoke", site="none")["X-Rows"] == "0"
    officer = Client()
    officer.force_login(hire("lin", role="duty_officer"))
    assert ask(officer, "kinds/smoke").status_code == 403
    assert ask(officer, f"devices/{SMOKE}").status_code == 200
    auditor = Client()
    auditor.force_login(hire("wu", role="auditor"))
    assert ask(auditor, f"devices/{SMOKE}").status_code == 403


def test_tokens_of_people_stay(root: Path, leader: Client) -> None:
    rows = pl.read_csv(content(ask(leader, f"devices/{DOOR}")))
    assert rows.height == 3
    from xiuhua.kinds import kind

    tokens = {field.name for field in kind("door").fields if field.type == "token"}
    assert tokens and not tokens & set(rows.columns)


def test_what_is_too_large_or_unreadable_is_said_before_the_first_byte(
    root: Path, leader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(leader, "devices/none").status_code == 404
    assert ask(leader, "kinds/none").status_code == 404
    assert ask(leader, f"devices/{SMOKE}", to=NOW + 32 * DAY).status_code == 422
    monkeypatch.setattr(exporting, "MOST_ROWS", 2)
    assert ask(leader, f"devices/{SMOKE}").status_code == 422
    monkeypatch.setattr(exporting, "MOST_ROWS", 3)
    (root / Manifest().parts(kind="smoke")[0].path).unlink()
    assert ask(leader, f"devices/{SMOKE}").status_code == 503
    assert set(Export.objects.values_list("rows", flat=True)) == {None}
    assert not [path for path in root.iterdir() if path.is_file()]  # no half-made file


def test_the_page_makes_the_file_and_lists_what_left(root: Path, leader: Client) -> None:
    page = leader.get("/archive/exports", {"device": SMOKE}).content.decode()
    assert f'value="{SMOKE}"' in page
    form = {"device": SMOKE, "since": "2026-02-01", "until": "2026-03-09", "form": "csv"}
    assert leader.post("/archive/exports", form).status_code == 422
    assert leader.post("/archive/exports", form | {"why": "w", "kind": "smoke"}).status_code == 422
    said = leader.post("/archive/exports", form | {"why": "report of March"})
    assert pl.read_csv(content(said)).height == 2
    assert "report of March" in leader.get("/archive/exports").content.decode()
    assert "/archive/exports" in leader.get("/archive/").content.decode()
    assert "/archive/exports?device=" in leader.get(f"/devices/{SMOKE}").content.decode()
