"""What the engine says of its alerts becomes rows: each change once, however often it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from xiuhua.engine.changes import AlertChange
from xiuhua.engine.rules import Rule
from xiuhua.epoch import moment

from .models import Alert
from .models import AlertChange as ChangeRow
from .queries import RANK

ENGINES_OWN = (
    "seq", "level", "worst", "status", "changed", "cleared",
    "sentence_zh", "sentence_en", "evidence", "parent", "children",
)  # fmt: skip
"""The columns of an alert that a later change may alter. Nobody else writes them."""


def worse(one: str, other: str) -> str:
    """The graver of two levels."""
    return max(one, other, key=RANK.__getitem__)


def unknown(changes: Iterable[AlertChange]) -> dict[UUID, list[AlertChange]]:
    """Those changes that no row holds yet, each once, by alert and in order; alerts in the order in
    which they were told, so that the first of a matter calls, however the log is cut."""
    told = {(UUID(change.id), change.seq): change for change in changes}
    rows = ChangeRow.objects.filter(alert__in={alert for alert, _ in told})
    held = set(rows.values_list("alert_id", "seq"))
    fresh = defaultdict(list)
    for (alert, seq), change in told.items():
        if (alert, seq) not in held:
            fresh[alert].append(change)
    return {id_: sorted(each, key=lambda one: one.seq) for id_, each in fresh.items()}


def level_alone(changes: Sequence[AlertChange]) -> str | None:
    """The worst level that an alert had outside any storm, by these changes; None where it was in
    one all along. One that is raised and joined at the same position was never alone."""
    joined = {change.position for change in changes if change.parent}
    alone = [one.level for one in changes if not one.parent and one.position not in joined]
    return max(alone, key=RANK.__getitem__, default=None)


def begun(first: AlertChange, rule: Rule) -> Alert:
    """A new alert as its first change makes it, under the names that its rule has now."""
    return Alert(
        id=UUID(first.id),
        seq=0,
        rule=first.rule,
        version=first.version,
        zh=rule.zh,
        en=rule.en,
        life_safety=rule.life_safety,
        health=rule.health,
        case_class=rule.case,
        subject=first.subject,
        device=first.device,
        place=first.place,
        site=first.site,
        worst=first.level,
        start=moment(first.start),
    )


def follow(alert: Alert, change: AlertChange) -> None:
    """Bring the alert up to this change; one older than the newest known only counts as history."""
    alert.worst = worse(alert.worst, change.level)
    alert.children = max(alert.children, change.children)
    if change.parent:
        alert.parent = UUID(change.parent)
    if change.seq <= alert.seq:
        return
    over = change.what == "cleared"
    alert.seq = change.seq
    alert.level = change.level
    alert.status = Alert.Status.CLEARED if over else Alert.Status.RAISED
    alert.changed = moment(change.time)
    alert.cleared = alert.changed if over else None
    alert.sentence_zh, alert.sentence_en = change.zh, change.en
    alert.evidence = msgspec.to_builtins(change.evidence)


def change_row(change: AlertChange) -> ChangeRow:
    """The change as it is kept."""
    return ChangeRow(
        alert_id=UUID(change.id),
        seq=change.seq,
        what=change.what,
        level=change.level,
        time=moment(change.time),
        position=change.position,
        zh=change.zh,
        en=change.en,
        evidence=msgspec.to_builtins(change.evidence),
    )


def brought_up_to_date(
    fresh: Mapping[UUID, Sequence[AlertChange]], rule_of: Callable[[str, int], Rule]
) -> tuple[list[Alert], list[Alert]]:
    """The alerts of these changes as they stand after them, not yet saved: new ones, known ones."""
    known = Alert.objects.in_bulk(list(fresh))
    new = {
        id_: begun(changes[0], rule_of(changes[0].rule, changes[0].version))
        for id_, changes in fresh.items()
        if id_ not in known
    }
    alerts = known | new
    for id_, changes in fresh.items():
        for change in changes:
            follow(alerts[id_], change)
    return list(new.values()), list(known.values())


def save(alerts: Sequence[Alert]) -> None:
    """Insert what is new; of what is known, write only the engine's own columns."""
    Alert.objects.bulk_create(
        alerts, update_conflicts=True, unique_fields=["id"], update_fields=ENGINES_OWN
    )
