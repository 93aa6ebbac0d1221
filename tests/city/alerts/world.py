"""A small sub-district for the tests of alerts and cases: people with reasons, three rules.

The owner of a matter, a colleague of the same team, a rival of another team, and a stranger (the
nurse) who must see nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import msgspec
from django.contrib.auth.models import User

from xiuhua.city.alerts import commands as alerts
from xiuhua.city.alerts import safety
from xiuhua.city.alerts.models import Alert
from xiuhua.city.cases import commands as cases
from xiuhua.city.places import commands as places
from xiuhua.city.places.commands import NewPlace
from xiuhua.city.rules import commands as rules
from xiuhua.city.staff import commands as staff
from xiuhua.engine.changes import AlertChange, Evidence
from xiuhua.engine.rules import parse
from xiuhua.neighbourhood import CaseClass, Words

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
"""17:30 in Shanghai."""
LOG = UUID("6f6c6f67-0000-4000-8000-000000000001")

PLACES = (
    ("city", "city", None, "上海市", "Shanghai"),
    ("310104911", "subdistrict", "city", "漕田街道", "Caotian Sub-district"),
    ("jw01", "committee", "310104911", "田园居委", "Tianyuan Committee"),
    ("tl04", "compound", "jw01", "田园十二村", "Tianyuan Village 12"),
    ("tl04-b031", "building", "tl04", "31号", "No. 31"),
    ("tl04-b031-0402", "flat", "tl04-b031", "402室", "Flat 402"),
    ("tl05", "compound", "jw01", "文定苑", "Wending Court"),
)
TEAMS = (
    ("tl04-guard", "guard", "田园十二村保安", "Guards of Village 12", ["tl04"]),
    ("tl05-guard", "guard", "文定苑保安", "Guards of Wending Court", ["tl05"]),
    ("tl04-property", "property", "田园物业", "Property of Village 12", ["tl04"]),
    ("fire-1", "fire", "微型消防站", "Micro fire station", []),
    ("repair-1", "repair", "维修一队", "Repair crew 1", []),
    ("repair-2", "repair", "维修二队", "Repair crew 2", ["tl09"]),
    ("duty", "duty", "指挥中心", "Command centre", []),
)
PEOPLE = (
    ("officer", "duty_officer", "duty"),
    ("leader", "shift_leader", "duty"),
    ("acceptor", "acceptor", "duty"),
    ("dispatcher", "dispatcher", "duty"),
    ("supervisor", "grid_supervisor", None),
    ("fireman", "handler", "fire-1"),
    ("crew", "handler", "repair-1"),
    ("mate", "handler", "repair-1"),
    ("rival", "handler", "repair-2"),
    ("guard", "gate_guard", "tl04-guard"),
    ("otherguard", "gate_guard", "tl05-guard"),
    ("nurse", "nurse", None),
)
CLASSES = (
    ("fire", "疑似火情", "Suspected fire", "fire", 30, True),
    ("device-care", "设备维护", "Care of devices", "repair", 2880, False),
)

_LEVELS = """
[[rule.level]]
level = "{level}"
operator = "threshold"
when = "obscuration >= 1"
"""


def _rule(id_: str, zh: str, en: str, more: str, level: str) -> str:
    sentence = 'sentence.zh = "烟雾 {obscuration}。"\nsentence.en = "Smoke {obscuration}."\n'
    head = f'[[rule]]\nid = "{id_}"\nzh = "{zh}"\nen = "{en}"\nkind = "smoke"\n'
    return head + more + sentence + _LEVELS.replace("{level}", level)


_FIRE = 'life_safety = true\ncase = "fire"\n'
RULES = "\n".join([
    _rule("smoke-fire", "疑似火情", "Suspected fire", _FIRE, "critical"),
    _rule("smoke-battery", "烟感电池将尽", "Battery low", 'case = "device-care"\n', "warn"),
    _rule("smoke-silent", "烟感失联", "Silent", "health = true\n", "warn"),
])  # fmt: skip


def settle() -> dict[str, User]:
    """Fill the rooms; returns the people by name."""
    places.put(
        places=[NewPlace(code=c, kind=k, parent=p, zh=zh, en=en) for c, k, p, zh, en in PLACES]
    )
    for code, kind, zh, en, sites in TEAMS:
        staff.put_team(code=code, kind=kind, zh=zh, en=en, sites=sites)
    for name, role, team in PEOPLE:
        staff.put_member(username=name, role=role, zh=f"张{name}", en=f"Ms {name}", team=team)
    rules.install(rules=parse(RULES), now=NOW)
    cases.put_classes(
        classes=[
            CaseClass(code=code, zh=zh, en=en, team=team, limit_minutes=limit, sort="event",
                      number="0599", life_safety=life, closing=Words(zh="已消除", en="Gone"))
            for code, zh, en, team, limit, life in CLASSES
        ]
    )  # fmt: skip
    return {user.username: user for user in User.objects.all()}


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def change(
    rule: str = "smoke-fire",
    *,
    seq: int = 1,
    what: str = "raised",
    level: str = "serious",
    device: int = 7,
    site: str = "tl04",
    after: int = 0,
) -> AlertChange:
    """A change as the engine tells it, `after` seconds from NOW; one alert a rule and device."""
    name = f"{site}-smoke-{device:04}"
    return AlertChange(
        id=str(uuid5(LOG, f"{rule} {name}")),
        seq=seq,
        what=what,  # type: ignore[arg-type]
        rule=rule,
        version=1,
        subject=name,
        device=name,
        place=f"{site}-b031-0402" if site == "tl04" else site,
        site=site,
        level=level,  # type: ignore[arg-type]
        start=ms(NOW),
        time=ms(NOW + timedelta(seconds=after)),
        position=100 + seq,
        evidence=Evidence(values={"obscuration": 0.3}, params={"limit": 0.1}, since=ms(NOW)),
        zh=f"烟雾 0.30 dB/m（{seq}）。",
        en=f"Smoke 0.30 dB/m ({seq}).",
    )


def storm(
    rule: str = "smoke-battery", *, devices: Sequence[int] = (1, 2, 3), level: str = "warn"
) -> list[AlertChange]:
    """Alerts of so many devices one after the other, each in a batch of its own but for the last,
    which makes them a storm of No. 31: raised, and all of them joined. All at once, as a list."""
    children = [
        msgspec.structs.replace(change(rule, device=n, level=level, after=n), position=100 + n)
        for n in devices
    ]
    last = children[-1]
    whole = msgspec.structs.replace(
        last,
        id=storm_id(rule),
        subject="tl04-b031",
        place="tl04-b031",
        children=len(children),
        evidence=Evidence(since=last.time),
        zh=f"同一楼栋内有 {len(children)} 处。",
        en=f"{len(children)} at one building.",
    )
    joined = [
        msgspec.structs.replace(
            child, seq=2, what="joined", parent=whole.id, time=last.time, position=last.position
        )
        for child in children
    ]
    return [*children, whole, *joined]


def storm_id(rule: str = "smoke-battery") -> str:
    """The id of the alert of that rule's storm."""
    return str(uuid5(LOG, f"storm {rule}"))


def later_child(
    rule: str = "smoke-battery", *, device: int = 9, level: str = "warn"
) -> AlertChange:
    """One more device, when the storm is there already."""
    more = change(rule, device=device, level=level, after=60)
    return msgspec.structs.replace(more, parent=storm_id(rule), position=200 + device)


def raised_and_cleared(**more: object) -> list[AlertChange]:
    """The whole life of an alert: raised, up to critical, cleared."""
    return [
        change(**more),  # type: ignore[arg-type]
        change(seq=2, what="level", level="critical", after=5, **more),  # type: ignore[arg-type]
        change(seq=3, what="cleared", level="critical", after=90, **more),  # type: ignore[arg-type]
    ]


def judge_false(alert: UUID | str, *, reason: str = "蒸汽", now: datetime = NOW) -> None:
    """A false alarm as one person may say it: after the telephone check has found nothing."""
    id_ = UUID(str(alert))
    if Alert.objects.get(id=id_).life_safety:
        safety.record(id_, safety.Record.CHECK_FALSE, by="officer", note="", now=now)
    alerts.false_alarm(id_, by="officer", reason=reason, now=now)
