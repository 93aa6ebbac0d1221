"""Puts invented cases into the rooms' tables, by COPY into PostgreSQL; elsewhere row by row.

Everything is there that the pages read: cases, steps in their chain, what was reported and by whom
(sealed), alerts, calls, photos, the words that cases are found by, and the facts of evaluation.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.pool import Pool
from typing import Any

from django.db import connection, models

from .invent import Invented, Inventor
from .scene import Scene, scene

CHUNK = 10_000
Rows = dict[type[models.Model], list[dict[str, Any]]]


def fill(total: int, now: datetime, seed: int = 7, processes: int = 1) -> None:
    """So many cases, ending at `now`. In one process within the caller's transaction."""
    inventor = Inventor(scene(), total, now, seed)
    stretches = [(at, min(at + CHUNK, total)) for at in range(0, total, CHUNK)]
    if processes == 1:
        for stretch in stretches:
            _one(inventor, stretch)
    else:
        with _bare(), _apart(processes) as pool:
            for _ in pool.imap_unordered(partial(_one, inventor), stretches):
                pass
    _afterwards()


def _apart(processes: int) -> Pool:
    """Processes that share no connection with this one."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    return multiprocessing.get_context("fork").Pool(processes)


def _one(inventor: Inventor, stretch: tuple[int, int]) -> int:
    made = inventor.some(*stretch)
    for model, rows in _rows(made, inventor.scene).items():
        _put(model, rows)
    return len(made)


def _rows(made: list[Invented], of: Scene) -> Rows:
    """By model, in the order in which rows may stand on each other."""
    from xiuhua.city.alerts.models import Alert, AlertChange, Call
    from xiuhua.city.cases.finding import text_of
    from xiuhua.city.cases.history import chained
    from xiuhua.city.cases.models import Case, CaseStep, CaseText, Photo, Voice
    from xiuhua.city.evaluation.models import Fact
    from xiuhua.city.people.models import Reporter

    rows: Rows = {
        model: []
        for model in (Alert, AlertChange, Call, Reporter, Case, CaseStep, Photo, Voice, CaseText,
                      Fact)
    }  # fmt: skip
    for one in made:
        case, before = one.case, None
        for step in one.steps:
            before = chained(step, case.number, before)  # type: ignore[arg-type, type-var]
            rows[CaseStep].append(vars(step))
            if step.step == "handle":
                rows[Photo].append(_photo(step))
        rows[Case].append(vars(case))
        if one.voice:
            rows[Voice].append(one.voice)
        if one.reporter and one.voice:
            rows[Reporter].append(_reporter(one.voice["reporter"], *one.reporter))
        if one.alert:
            rows[Alert].append(_alert(one))
            rows[AlertChange] += _changes(one)
            rows[Call].append(_call(one))
        spot = of.by_code.get(case.place)
        said = [one.voice["words"]] if one.voice else []
        said += [step.note for step in one.steps if step.note]
        labels = [spot.label_zh, spot.label_en] if spot else [case.place]
        text = text_of(_as_case(one), labels, said)
        rows[CaseText].append({"case_id": case.id, "body": text.body, "pieces": text.pieces})
        rows[Fact].append(_fact(one))
    return rows


def _as_case(one: Invented) -> Any:  # noqa: ANN401  (what stands in for a case)
    one.case.pk = one.case.id
    return one.case


def _fact(one: Invented) -> dict[str, Any]:
    from xiuhua.city.evaluation.facts import drawn

    case = one.case
    same = ("number", "source", "site", "team", "stage", "life_safety", "opened", "exempt",
            "returns", "reworks", "satisfied")  # fmt: skip
    facts = {name: getattr(case, name) for name in same}
    return facts | {"case_class": case.case_class_id} | drawn(case, one.steps)  # type: ignore[arg-type]


def _photo(step: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"step_id": step.id, "shows": "after", "name": f"{step.id:032x}", "size": 90_000}


def _reporter(id_: str, name: str, phone: str) -> dict[str, Any]:
    from xiuhua.city.crypto import seal
    from xiuhua.city.people.marks import name_mark, phone_mark

    where = f"people.reporter/{id_}"
    return {
        "id": id_, "name": seal(name, f"{where}/name"), "phone": seal(phone, f"{where}/phone"),
        "name_mark": name_mark(name), "phone_mark": phone_mark(phone),
    }  # fmt: skip


def _alert(one: Invented) -> dict[str, Any]:
    case, told = one.case, one.alert or {}
    over = case.ended or (case.stage in {"handled", "inspected"} and case.opened)
    level = "critical" if case.life_safety else ("serious", "warn")[case.id % 3 > 0]
    false = case.ended if case.stage == "void" else None
    return told | {
        "seq": 2 if over else 1, "level": level, "worst": level, "health": False,
        "status": "cleared" if over else "raised", "changed": case.opened,
        "cleared": case.opened + timedelta(minutes=30) if over else None,
        "evidence": {"values": {"obscuration": 0.31}, "params": {"limit": 0.1}},
        "parent": None, "children": 0,
        "acknowledged": case.opened + timedelta(seconds=case.id % 90),
        "acknowledged_by": "", "false": false, "false_by": "", "false_reason": "",
        "held": "", "held_level": "", "held_until": None,
    }  # fmt: skip


def _changes(one: Invented) -> Iterator[dict[str, Any]]:
    told = one.alert or {}
    yield {
        "alert_id": told["id"], "seq": 1, "what": "raised", "level": "serious",
        "time": told["start"], "position": one.case.id, "zh": told["sentence_zh"],
        "en": told["sentence_en"], "evidence": {"values": {"obscuration": 0.31}},
    }  # fmt: skip


def _call(one: Invented) -> dict[str, Any]:
    at = one.case.opened
    return {
        "alert_id": one.case.alert, "team": one.case.team or "duty", "person": "",
        "level": "serious", "created": at, "shown": at, "told": at, "answered": at,
        "answered_by": "", "channel": "", "outcome": "told",
    }  # fmt: skip


def _put(model: type[models.Model], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    known = {field.attname: field for field in model._meta.concrete_fields}  # noqa: SLF001
    usual = {
        name: field.get_default()
        for name, field in known.items()
        if name not in rows[0] and not field.null and not field.primary_key
    }  # of columns that were added since this was written
    rows = [usual | row for row in rows]
    names = [name for name in rows[0] if name in known]
    if connection.vendor != "postgresql":
        model.objects.bulk_create(  # type: ignore[attr-defined]
            [model(**{name: row[name] for name in names}) for row in rows], batch_size=500
        )
        return
    columns = ", ".join(f'"{known[name].column}"' for name in names)
    json = [isinstance(known[name], models.JSONField) for name in names]
    with connection.cursor() as cursor:
        statement = f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN'  # noqa: SLF001
        with cursor.connection.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(_values(row, names, json))


def _values(row: dict[str, Any], names: list[str], json: list[bool]) -> list[Any]:
    from psycopg.types.json import Jsonb

    return [Jsonb(row[name]) if as_json else row[name]
            for name, as_json in zip(names, json, strict=True)]  # fmt: skip


@contextmanager
def _bare() -> Iterator[None]:
    """The tables without what makes them slow to fill: indexes, and checks of foreign keys. They
    are made again afterwards."""
    made = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.tablename, i.indexname, i.indexdef FROM pg_indexes i WHERE schemaname = "
            "'public' AND tablename ~ '^(cases_case|cases_voice|cases_photo|alerts_alert|"
            "alerts_call|people_reporter|evaluation_fact)' AND NOT EXISTS (SELECT 1 FROM "
            "pg_constraint c WHERE c.conname = i.indexname)"
        )
        for table, name, definition in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
            made[table].append(definition)
        user = connection.settings_dict["USER"]
        cursor.execute(f"ALTER ROLE {user} SET session_replication_role = replica")
        cursor.execute(f"ALTER ROLE {user} SET synchronous_commit = off")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER ROLE {user} RESET ALL")
        cursor.execute("SET maintenance_work_mem = '512MB'")
    for definition in (one for some in made.values() for one in some):
        with connection.cursor() as cursor:
            cursor.execute(definition)


def _afterwards() -> None:
    """Counters behind what was put in; the facts follow from here on; the planner knows."""
    from xiuhua.city import feed
    from xiuhua.city.evaluation.models import Followed

    Followed.objects.all().delete()
    Followed.objects.create(feed=feed.head())
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for table in _numbered():
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                f"(SELECT coalesce(max(id), 1) FROM {table}))"
            )
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _numbered() -> Iterable[str]:
    return ("cases_case", "cases_casestep", "cases_voice", "cases_photo", "alerts_call")


def cores() -> int:
    """How many processes fill."""
    return os.cpu_count() or 1
