"""A trial's result as its page shows it, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xiuhua.epoch import moment

from .models import Trial

SORTS: dict[str, tuple[str | Promise, str | Promise]] = {
    "new": (_("New"), _("It would say what nothing says now.")),
    "gone": (_("Gone"), _("It would not say what is said now.")),
    "earlier": (_("Earlier"), _("It would say it sooner.")),
    "later": (_("Later"), _("It would say it later.")),
}
LEVELS = {"warn": _("Warning"), "serious": _("Serious"), "critical": _("Critical")}


def shown(trial: Trial) -> dict[str, Any] | None:
    """Totals, days and alerts of a trial that is done; None of another."""
    if trial.state != Trial.State.DONE:
        return None
    result, english = trial.result, get_language() == "en"
    most = max((max(day[1:]) for day in result["days"]), default=0)
    return {
        **{name: result[name] for name in ("readings", "proposed", "live")},
        "notes": [en if english else zh for zh, en in result["notes"]],
        "days": [
            {"day": day, "proposed": proposed, "live": live,
             "bars": [100 * proposed // max(most, 1), 100 * live // max(most, 1)]}
            for day, proposed, live in result["days"]
        ],
        "sorts": [
            {"sort": sort, "name": name, "means": means, "count": result["counts"][sort],
             "more": result["counts"][sort] - len(result["alerts"][sort]),
             "alerts": [_alert(alert, english=english) for alert in result["alerts"][sort]]}
            for sort, (name, means) in SORTS.items()
        ],
    }  # fmt: skip


def _alert(alert: dict[str, Any], *, english: bool) -> dict[str, Any]:
    end = alert["end"]
    return {
        **alert,
        "level_word": LEVELS[alert["level"]],
        "sentence": alert["en" if english else "zh"],
        "start": moment(alert["start"]),
        "end": None if end is None else moment(end),
    }
