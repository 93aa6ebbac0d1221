"""A case and a person as the machine sees them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from xiuhua.city.access import User, may
from xiuhua.city.staff import queries as staff

from .machine import Actor, Hold, Promise, Stage, Standing, Step
from .models import Case, Source


def actor_of(user: User) -> Actor:
    """The person as the machine sees them: team, and the steps that `city.access` lets them try."""
    steps = frozenset(step for step in Step if may(user, f"case.{step}"))
    return Actor(name=user.get_username(), may=steps, team=staff.own_team(user))


def judges_alert(case: Case) -> bool:
    """Whether an alert of a rule opened it, of which somebody shall say if it was true."""
    return case.alert is not None and case.source == Source.ALERT


def standing_of(case: Case, now: datetime, promised: Iterable[str] = ()) -> Standing:
    """The case as the machine sees it. `promised` is asked for where work begins anew."""
    return Standing(
        stage=Stage(case.stage),
        team=case.team,
        hold=Hold(case.hold),
        life_safety=case.life_safety,
        emergency=case.emergency,
        write_up_owed=case.write_up_owed,
        hands=frozenset(case.hands),
        commanders=frozenset(case.commanders),
        standard=case.standard_id is not None,
        must_judge=judges_alert(case) and case.alert_true is None,
        must_verify=case.must_verify,
        verified=case.verified,
        owes=frozenset(Promise(name) for name in case.owes),
        promised=frozenset(Promise(name) for name in promised),
        satisfied=case.satisfied,
        returns=case.returns,
        bound=case.bound,
        late=case.handle_by is not None and case.handle_by < now,
        was_late=case.was_late,
        appealed=case.appealed,
        appeal_open=case.appeal_open,
        reviewers=frozenset(case.reviewers),
        exempt=case.exempt,
        bundled=case.bundle_id is not None,
        before=_before_merge(case),
    )


def _before_merge(case: Case) -> Stage | None:
    """Where a merged case stood when it was merged; None for every other."""
    if case.stage != Stage.MERGED:
        return None
    merged = case.steps.filter(step=Step.MERGE).order_by("-seq").values_list("frm", flat=True)
    return Stage(merged[0])
