"""What the live page shows, drawn from the rooms below, ready for JSON. Times are epoch ms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy

from xiuhua.city import feed
from xiuhua.city.access import ACTIONS, User, may
from xiuhua.city.alerts import incidents, light, readings
from xiuhua.city.alerts import queries as alerts
from xiuhua.city.almanac.queries import shift
from xiuhua.city.cases import queries as cases
from xiuhua.city.cases.words import TAKEN
from xiuhua.city.devices import queries as devices
from xiuhua.city.places import queries as places
from xiuhua.city.road import queries as road
from xiuhua.city.rules import queries as rules
from xiuhua.city.staff import queries as staff
from xiuhua.engine.rules import Rule
from xiuhua.kinds import all_kinds

from .charts import chart_of

DAY = timedelta(days=1)
CARDS = 1000
"""So many alerts a picture holds at most, the gravest; the others stand on the board of cases."""
Wire = dict[str, Any]


def snapshot(user: User, now: datetime) -> Wire:
    """The whole picture. `head` is read first: what is told while we read comes again by the feed,
    and does no harm there."""
    head = feed.head()
    began = shift(now)
    ids = _listed(user)
    return {
        "at": alerts.millis(now),
        "log_at": road.standing().at,
        "head": head,
        "here": here(),
        "shift": {"name": _words(began.zh, began.en), "since": alerts.millis(began.since)},
        "me": {"name": name_of(user), "may": sorted(a for a in ACTIONS if may(user, a))},
        "counts": counts(now),
        "kinds": [
            {"code": k.code, "name": _words(k.zh, k.en), "icon": k.icon} for k in all_kinds()
        ],
        "devices": ledger(devices.ledger_version()).columns,
        "alerts": for_eyes(user, cards(ids[:CARDS])),
        "beyond": max(0, len(ids) - CARDS),
        "day": _day(now),
    }


def _listed(user: User) -> list[UUID]:
    """Alerts that are raised, and those over whose case is still open: a risk to life first, then
    by danger, those that are over last."""
    open_cases = cases.visible(user).filter(ended=None).exclude(alert=None).select_related(None)
    rows = list(open_cases.order_by("id").values_list("alert", "life_safety"))
    life = [alert for alert, life_safety in rows if life_safety]
    every = [*life, *light.raised_ids(), *(alert for alert, _ in rows)]
    held = {alert.id for alert in alerts.held_now()}
    return list(dict.fromkeys(id_ for id_ in every if id_ and id_ not in held))


def _day(now: datetime) -> list[Wire]:
    return [
        {"id": str(tick.id), "level": tick.worst, "start": alerts.millis(tick.start),
         "name": _words(tick.zh, tick.en)}
        for tick in light.ticks_since(now - DAY)
    ]  # fmt: skip


def counts(now: datetime) -> Wire:
    """The numbers of the shift."""
    open_cases = cases.counts(now)
    return {
        "alerts_shift": alerts.matters_since(shift(now).since),
        "budget": alerts.budget(),
        "held": alerts.held_count(),
        "open_cases": open_cases["open"],
        "overdue": open_cases["overdue"],
        "unheard": devices.unheard(),
    }


def here() -> Wire:
    """The sub-district that the sensors stand in; without names before there are any."""
    device = devices.search().first()
    found = places.subdistrict_of(device.place) if device else None
    return _words(found.zh, found.en) if found else _words("", "")


def name_of(user: User) -> str:
    """What the person is called, in the reader's language."""
    member = staff.member(user.get_username())
    return member.name if member else user.get_username()


def cards(ids: Iterable[UUID]) -> list[Wire]:
    """Alerts as the page lists them, with place, case and who knows; unknown ids are left out."""
    found = alerts.briefs(ids)
    called = alerts.calls_for(found)
    files = cases.for_alerts(found)
    params = alerts.params_of(found)
    codes = [alert["place"] or alert["site"] for alert in found.values()]
    where, spots = _labels(codes), places.spots(codes)
    of_incidents = incidents.stands(found)
    storms = alerts.belonging(id_ for id_, alert in found.items() if alert["children"])
    people = staff.members(a["acknowledged_by"] for a in found.values() if a["acknowledged_by"])
    rule_of, devices_at = cache(rules.rule), ledger(devices.ledger_version()).spots
    return [
        {
            **_card(alert, where[alert["place"] or alert["site"]], _spot(alert, spots, devices_at)),
            **_grouped(alert, storms.get(id_, (0, 0)), of_incidents.get(id_)),
            "chart": _chart(alert, params[id_], rule_of),
            "acknowledged": _acknowledged(alert, people),
            "called": len(called.get(id_, [])),
            "answered": sum(call.answered is not None for call in called.get(id_, [])),
            "case": _case(files[alert["id"]]) if alert["id"] in files else None,
        }
        for id_, alert in sorted(found.items(), key=_gravity)
    ]


def for_eyes(user: User, told: list[Wire]) -> list[Wire]:
    """Cards with the cases only that this person may see."""
    if may(user, "case.all"):
        return told
    seen = {str(id_) for id_ in cases.seen_alerts(user, [UUID(card["id"]) for card in told])}
    return [card if card["id"] in seen else {**card, "case": None} for card in told]


def _gravity(known: tuple[UUID, Wire]) -> tuple[bool, int, int, UUID]:
    """A life at risk first, then by danger, then the newest: what is told first is shown first."""
    id_, alert = known
    return not alert["life_safety"], -alerts.RANK[alert["worst"]], -alert["start"], id_


def _grouped(alert: Wire, numbers: tuple[int, int], of: incidents.Stand | None) -> Wire:
    """Under what it stands on the list, and how many stand under it: by storm or by incident."""
    parent, (all_, up) = alert["parent"], numbers
    if of and parent is None and str(of.lead) != alert["id"]:
        parent = str(of.lead) if of.lead else None
    if of and str(of.lead) == alert["id"]:
        all_, up = all_ + of.all, up + of.up
    under = {"storm": bool(alert["children"]), "all": all_, "up": up}
    return {"parent": parent, "belonging": under if all_ else None}


Spot = tuple[float | None, float | None]


def _spot(
    alert: Wire, spots: Mapping[str, tuple[float, float]], devices_at: Mapping[str, Spot]
) -> Spot:
    """Where to show it: at its device, or at the place that it is about."""
    of_device = devices_at.get(alert["device"], (None, None))
    if alert["subject"] == alert["device"]:
        return of_device
    return spots.get(alert["place"], of_device)


def _card(alert: Wire, place: Wire, spot: Spot) -> Wire:
    lon, lat = spot
    return {
        "id": alert["id"],
        "rule": alert["rule"],
        "name": _words(alert["zh"], alert["en"]),
        "sentence": _words(alert["sentence_zh"], alert["sentence_en"]),
        "level": alert["level"],
        "health": alert["health"],
        "life_safety": alert["life_safety"],
        "start": alert["start"],
        "changed": alert["changed"],
        "cleared": alert["cleared"] or alert["false"],
        "held": bool(alert["held"]),
        "device": alert["device"],
        "of_device": alert["subject"] == alert["device"],
        "place": place,
        "lon": lon,
        "lat": lat,
    }


def _acknowledged(alert: Wire, people: dict[str, staff.Member]) -> Wire | None:
    if alert["acknowledged"] is None:
        return None
    by = people.get(alert["acknowledged_by"])
    return {"by": by.zh if by else alert["acknowledged_by"], "at": alert["acknowledged"]}


def _case(file: Wire) -> Wire:
    return {
        "number": file["number"],
        "stage": file["stage"],
        "stage_words": _words(file["stage_zh"], file["stage_en"]),
        "ended": file["ended"] is not None,
        "team": _words(file["team_zh"], file["team_en"]) if file["team"] else None,
        "due": file["due"] if file["ended"] is None else None,
        "url": reverse("cases:case", args=[file["number"]]),
    }


def _chart(
    alert: Wire, params: dict[str, float], rule_of: Callable[[str, int], Rule]
) -> Wire | None:
    if alert["children"] or not alert["rule"]:
        return None
    rule = rule_of(alert["rule"], alert["version"])
    drawn = readings.drawn(rule, subject=alert["subject"], device=alert["device"])
    chart = chart_of(rule, params, drawn[0]) if drawn else None
    if drawn is None or chart is None:
        return None
    field = chart.field
    return {
        "device": drawn[1],
        "field": field.name,
        "name": _words(field.zh, field.en),
        "unit": field.unit,
        "limit": chart.limit,
        "interval": chart.interval,
    }


def detail(id_: UUID, user: User) -> Wire | None:
    """All about one alert, or None where there is no such alert."""
    found = for_eyes(user, cards([id_]))
    if not found:
        return None
    file = cases.of_alert(user, id_)
    return {
        "alert": found[0],
        "changes": [
            {
                "at": alerts.millis(c.time),
                "what": c.what,
                "level": c.level,
                "words": _words(c.zh, c.en),
            }
            for c in alerts.changes(id_)
        ],
        "calls": _calls(alerts.calls(id_)),
        "steps": _steps(cases.history(file)) if file else [],
        "belonging": _parts(_under(id_)),
        "parent": next(iter(_parts(_parent_of(id_))), None),
        "may_acknowledge": may(user, "alert.ack"),
    }


def _parent_of(id_: UUID) -> list[alerts.Alert]:
    own = alerts.alert(id_)
    above = own.parent if own else None
    stand = incidents.stands([id_]).get(id_)
    if above is None and stand and stand.lead != id_:
        above = stand.lead
    parent = alerts.alert(above) if above else None
    return [parent] if parent else []


def _under(id_: UUID) -> list[alerts.Alert]:
    """What stands under it: of its storm, or of the incident that it stands for."""
    stand, own = incidents.stands([id_]).get(id_), alerts.alert(id_)
    mates = incidents.members(own.incident_id) if own and stand and stand.lead == id_ else []
    return alerts.children_of(id_) + [one for one in mates if one.id != id_]


def _parts(found: list[alerts.Alert]) -> list[Wire]:
    """The alerts of a storm as the sheet lists them."""
    where = _labels(alert.place or alert.site for alert in found)
    return [
        {
            "id": str(alert.id),
            "name": _words(alert.zh, alert.en),
            "place": where[alert.place or alert.site],
            "level": alert.level,
            "start": alerts.millis(alert.start),
            "cleared": alerts.millis(alert.cleared or alert.false),
        }
        for alert in found
    ]


def _calls(called: list[alerts.Call]) -> list[Wire]:
    teams = {team.code: team for team in staff.teams()}
    names = {name for call in called for name in (call.answered_by, call.person) if name}
    people = staff.members(names)
    return [
        {
            "team": _called(call, teams, people),
            "told": alerts.millis(call.told or call.shown),
            "answered": alerts.millis(call.answered),
            "by": people[call.answered_by].name if call.answered_by in people else call.answered_by,
            "failed": call.outcome == "failed",
        }
        for call in called
    ]


def _called(
    call: alerts.Call, teams: dict[str, staff.Team], people: dict[str, staff.Member]
) -> Wire:
    """Whom a call is to: a team, a person for their office, a family or 119."""
    if call.outside:
        fire_service = call.outside == alerts.RESCUE
        return _words("119", "119") if fire_service else _both(gettext_lazy("Family"))
    to = teams.get(call.team) or people.get(call.person)
    return _words(to.zh, to.en) if to else _words(call.team, call.team)


def _steps(taken: list[cases.CaseStep]) -> list[Wire]:
    people = staff.members(step.by for step in taken if step.by)
    return [
        {
            "at": alerts.millis(step.at),
            "what": _both(TAKEN[step.step]),
            "by": people[step.by].name if step.by in people else step.by,
            "note": step.note,
        }
        for step in taken
    ]


class Ledger:
    """The devices in service as columns, and where each stands. Kept until the ledger changes."""

    def __init__(self) -> None:
        kinds = {kind.code: at for at, kind in enumerate(all_kinds())}
        rows = list(devices.search().values_list("id", "kind", "place", "lon", "lat"))
        codes = list(dict.fromkeys(row[2] for row in rows))
        at = {code: n for n, code in enumerate(codes)}
        labels = _labels(codes)
        self.columns: Wire = {
            "id": [row[0] for row in rows],
            "kind": [kinds.get(row[1], -1) for row in rows],
            "place": [at[row[2]] for row in rows],
            "lon": [row[3] for row in rows],
            "lat": [row[4] for row in rows],
            "places": [labels[code] for code in codes],
        }
        self.spots = {row[0]: (row[3], row[4]) for row in rows}


@lru_cache(maxsize=1)
def ledger(version: int) -> Ledger:  # noqa: ARG001 (a new version is a new ledger)
    """The ledger as of that version."""
    return Ledger()


def _labels(codes: Iterable[str]) -> dict[str, Wire]:
    """Labels of places in both languages."""
    wanted = set(codes)
    with translation.override("zh-hans"):
        zh = places.many_labels(wanted)
    with translation.override("en"):
        en = places.many_labels(wanted)
    return {code: _words(zh[code], en[code]) for code in wanted}


def _both(text: object) -> Wire:
    """A translated text in both languages."""
    with translation.override("zh-hans"):
        zh = str(text)
    with translation.override("en"):
        return _words(zh, str(text))


def _words(zh: str, en: str) -> Wire:
    return {"zh": zh, "en": en}
