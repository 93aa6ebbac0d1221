"""A case begins. An alert becomes exactly one, in the same transaction as the alert itself; what
people report becomes one in `reporting.py`, numbered and dated here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from xiuhua.city import feed, sequence
from xiuhua.city.alerts import queries as alerts
from xiuhua.city.devices import queries as devices
from xiuhua.city.places import queries as places
from xiuhua.city.rules import queries as rules
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.rules import Rule

from .clocks import Clock
from .finding import write_down
from .history import chained
from .machine import Birth, Standing, begin
from .models import Case, CaseClass, CaseStep, Standard
from .queries import alert_row, briefs
from .reckoning import book, promised, reckon
from .routing import FALLBACK, Matrix
from .timing import Mark

RuleOf = Callable[[str, int], Rule]

NOWHERE = "000000000"
"""Stands in a number where a place lies in no sub-district that the house knows."""

log = structlog.get_logger()


@transaction.atomic
def open_for(changes: Sequence[AlertChange], now: datetime) -> list[Case]:
    """Open a case for each newly raised alert whose rule asks for one; known alerts are passed
    over, and those that are held back (`open_released`). What belongs to a storm is in the storm's
    case, unless a life may be at risk: then each has its own too. Life safety is dispatched as it
    is opened. Runs within the worker's transaction."""
    rule_of = cache(rules.rule)
    wanted = _without_case(changes, rule_of)
    if not wanted:
        return []
    rule_of_each = [(change, rule_of(change.rule, change.version)) for change in wanted.values()]
    standards = _standards(rule for _, rule in rule_of_each)
    matrix = Matrix({code for change in wanted.values() for code in (change.place, change.site)})
    cases = []
    for change, rule in rule_of_each:
        standard, chain = standards[rule.case], matrix.chain(change.place, change.site)
        whose = matrix.whose(standard.case_class_id, standard.team_kind, chain, change.site)
        cases.append(_case(change, rule, standard, next(iter(whose), "")))
    put(cases, now, told_by={"by": "alert"})
    feed.tell_many(("case", brief["number"], brief) for brief in briefs(cases))
    return cases


def put(cases: Sequence[Case], now: datetime, *, by: str = "", told_by: Mapping[str, Any]) -> None:
    """Number new cases, reckon their deadlines, save them with their first steps, which keep
    `told_by`; `owes` in it is promised instead of what the source promises. Inside the caller's
    transaction."""
    entries = book()
    _number(cases, now)
    spots = places.spots(case.place for case in cases if case.lon is None)
    for case in cases:
        if case.lon is None and case.place in spots:
            case.lon, case.lat = spots[case.place]
        case.opened = now
        case.owes = dict(told_by.get("owes") or promised(case.source, now, entries))
        reckon(case, [Mark(now, "", case.stage)], entries)
    Case.objects.bulk_create(cases)
    CaseStep.objects.bulk_create(
        chained(_first_step(case, now, by, told_by), case.number, None) for case in cases
    )
    write_down(cases)


def born(case: Case, birth: Birth) -> Standing:
    """Put the beginning, as the machine has it, into the fields of the case."""
    begun = begin(birth)
    case.stage, case.team = begun.stage, begun.team
    case.life_safety, case.write_up_owed = begun.life_safety, begun.write_up_owed
    case.must_verify = begun.must_verify
    return begun


def _without_case(changes: Sequence[AlertChange], rule_of: RuleOf) -> Mapping[UUID, AlertChange]:
    # One that is raised and joined at the same position was never alone; one that is joined later
    # was, and its case is open, however the two came to us.
    joined = {(change.id, change.position) for change in changes if change.parent}
    raised = {
        UUID(change.id): change
        for change in changes
        if change.what == "raised"
        and _asks(
            rule_of(change.rule, change.version), joined=(change.id, change.position) in joined
        )
    }
    filed = set(Case.objects.filter(alert__in=raised).values_list("alert", flat=True))
    apart = filed | alerts.held_among(raised)
    return {alert: change for alert, change in raised.items() if alert not in apart}


def open_released(now: datetime) -> int:
    """Open the cases of alerts that were held back and have come back: what is held from the desk
    gives no team an order either. Returns how many."""
    back = {alert.id: alert for alert in alerts.released()}
    filed = set(Case.objects.filter(alert__in=back).values_list("alert", flat=True))
    owed = [alerts.as_raised(alert) for id_, alert in back.items() if id_ not in filed]
    return len(open_for(owed, now)) if owed else 0


def _asks(rule: Rule, *, joined: bool) -> bool:
    return bool(rule.case) and (rule.life_safety or not joined)


def _standards(of: Iterable[Rule]) -> Mapping[str, Standard]:
    """The standard of each class that these rules name: its first that counts. For a class that
    nobody has described one is made on the spot, for the command centre: an alert is never held up
    by a gap in a table."""
    named = {rule.case: rule for rule in of}
    rows = Standard.objects.filter(case_class__in=list(named), active=True)
    found: dict[str, Standard] = {}
    for row in rows.select_related("case_class").order_by("-code"):
        found[row.case_class_id] = row
    for code in named.keys() - found.keys():
        log.error("case_class.unknown", code=code, rule=named[code].id, hint="see classes.toml")
        facts = {"zh": named[code].zh, "en": named[code].en, "team_kind": FALLBACK}
        unknown, _ = CaseClass.objects.get_or_create(code=code, defaults=facts)
        found[code], _ = Standard.objects.get_or_create(
            code=alert_row(code),
            defaults={"case_class": unknown, "condition_zh": unknown.zh, "amount": 60,
                      "condition_en": unknown.en, "clock": Clock.URGENT, "team_kind": FALLBACK},
        )  # fmt: skip
    return found


def _case(change: AlertChange, rule: Rule, standard: Standard, team: str) -> Case:
    case = Case(
        case_class=standard.case_class,
        standard=standard,
        clock=standard.clock,
        amount=standard.amount,
        alert=UUID(change.id),
        zh=rule.zh,
        en=rule.en,
        device=change.device,
        place=change.place,
        site=change.site,
    )
    life_safety = rule.life_safety or standard.case_class.life_safety
    born(case, Birth(life_safety=life_safety, team=team))
    return case


def _number(cases: Sequence[Case], now: datetime) -> None:
    """Give each case its number: sub-district, day in the city's own time, count of that day."""
    day = f"{timezone.localtime(now, timezone.get_default_timezone()):%Y%m%d}"
    subdistrict, by_device = cache(_subdistrict), cache(_subdistrict_of_device)
    for case in cases:
        case.subdistrict = subdistrict(case.place) or by_device(case.device) or NOWHERE
    for code, group in groupby(sorted(cases, key=_by_subdistrict), key=_by_subdistrict):
        own = list(group)
        counts = sequence.take(f"case-{code}-{day}", len(own))
        for case, count in zip(own, counts, strict=True):
            case.number = f"{code}-{day}-{count:05}"


def _by_subdistrict(case: Case) -> str:
    return case.subdistrict


def _subdistrict(place: str) -> str:
    """By the place: a site such as the streets is no place of the tree."""
    found = places.subdistrict_of(place)
    return found.code if found else ""


def _subdistrict_of_device(device: str) -> str:
    """By where the device stands: a storm may be about all of the streets."""
    found = devices.one(device)
    return _subdistrict(found.place) if found else ""


def _first_step(case: Case, now: datetime, by: str, told_by: Mapping[str, Any]) -> CaseStep:
    return CaseStep(
        case=case, step="open", to=case.stage, by=by, at=now, data={"team": case.team, **told_by}
    )
