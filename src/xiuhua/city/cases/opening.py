"""An alert becomes a case: exactly one, in the same transaction as the alert itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from xiuhua.city import feed, sequence
from xiuhua.city.devices import queries as devices
from xiuhua.city.places import queries as places
from xiuhua.city.rules import queries as rules
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.rules import Rule

from . import machine
from .models import Case, CaseClass, CaseStep
from .queries import briefs
from .routing import FALLBACK, team_for

RuleOf = Callable[[str, int], Rule]

NOWHERE = "000000000"
"""Stands in a number where a place lies in no sub-district that the house knows."""

log = structlog.get_logger()


@transaction.atomic
def open_for(changes: Sequence[AlertChange], now: datetime) -> list[Case]:
    """Open a case for each newly raised alert whose rule asks for one; known alerts are passed
    over. What belongs to a storm is in the storm's case, unless a life may be at risk: then each
    has its own too. Life safety is dispatched as it is opened. Runs within the worker's
    transaction."""
    rule_of = cache(rules.rule)
    wanted = _without_case(changes, rule_of)
    if not wanted:
        return []
    rule_of_each = [(change, rule_of(change.rule, change.version)) for change in wanted.values()]
    classes = _classes(rule for _, rule in rule_of_each)
    route = cache(team_for)
    cases = []
    for change, rule in rule_of_each:
        case_class = classes[rule.case]
        team = route(kind=case_class.team_kind, site=change.site)
        cases.append(_case(change, rule, case_class, team, now))
    _number(cases, now)
    Case.objects.bulk_create(cases)
    CaseStep.objects.bulk_create(_first_step(case, now) for case in cases)
    feed.tell_many(("case", brief["number"], brief) for brief in briefs(cases))
    return cases


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
    held = set(Case.objects.filter(alert__in=raised).values_list("alert", flat=True))
    return {alert: change for alert, change in raised.items() if alert not in held}


def _asks(rule: Rule, *, joined: bool) -> bool:
    return bool(rule.case) and (rule.life_safety or not joined)


def _classes(of: Iterable[Rule]) -> Mapping[str, CaseClass]:
    """The classes that these rules name. One that nobody has described is made on the spot, for the
    command centre: an alert is never held up by a gap in a table."""
    named = {rule.case: rule for rule in of}
    known = CaseClass.objects.in_bulk(list(named))
    for code in named.keys() - known.keys():
        log.error("case_class.unknown", code=code, rule=named[code].id, hint="see classes.toml")
        facts = {"zh": named[code].zh, "en": named[code].en, "team_kind": FALLBACK}
        known[code] = CaseClass.objects.create(code=code, limit_minutes=60, **facts)
    return known


def _case(change: AlertChange, rule: Rule, case_class: CaseClass, team: str, now: datetime) -> Case:
    begun = machine.begin(life_safety=rule.life_safety or case_class.life_safety, team=team)
    return Case(
        case_class=case_class,
        alert=UUID(change.id),
        zh=rule.zh,
        en=rule.en,
        device=change.device,
        place=change.place,
        site=change.site,
        stage=begun.stage,
        team=begun.team,
        life_safety=begun.life_safety,
        write_up_owed=begun.write_up_owed,
        opened=now,
        due=now + timedelta(minutes=case_class.limit_minutes),
    )


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


def _first_step(case: Case, now: datetime) -> CaseStep:
    return CaseStep(
        case=case, step="open", to=case.stage, at=now, data={"team": case.team, "by": "alert"}
    )
