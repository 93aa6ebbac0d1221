"""What can be counted: each count is a condition over `models.Fact` and the day on which it falls.

An indicator divides one count by another. What should be done counts on the day on which it was
due, not on which it was reported: a case of May that is due in June is June's. In a period that
still runs it counts once it is due or done. What is suspended or void owes nobody anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Count:
    """One count. `at` is the column by whose day it falls into a period; `q` what is counted;
    `spared` whether a case that an appeal exempted counts as well. `done` is, of
    what should be done, the column that says when it was; "" of all else."""

    words: Any
    at: str
    q: Q
    spared: bool = False
    done: str = ""

    def by(self, now: datetime) -> Q:
        """What is counted of it by now: what is due already or done already."""
        if not self.done:
            return self.q
        due, done = Q(**{f"{self.at}__lt": now}), Q(**{f"{self.done}__isnull": False})
        return self.q & (due | done)

    @property
    def spared_q(self) -> Q:
        """What is counted when exempted cases count as good."""
        return self.q | Q(exempt=True) if self.spared else self.q


_OWED = Q(void=False, suspended=False)


def _done(task: str) -> Q:
    return Q(**{f"{task}_at__isnull": False})


def _on_time(task: str) -> Q:
    return _done(task) & Q(**{f"{task}_late": False})


def _late(task: str) -> Q:
    return Q(**{f"{task}_late": True})


COUNTS: dict[str, Count] = {
    "reported": Count(_("reported"), "opened", Q()),
    "filed": Count(_("filed"), "opened", Q(filed=True)),
    "valid": Count(_("filed, and neither void nor merged"), "opened", Q(filed=True, void=False)),
    "not_closed": Count(_("not closed"), "opened", Q(void=False) & ~_done("close")),
    "should_accept": Count(_("due to be taken in"), "accept_due", Q(), done="accept_at"),
    "accepted_on_time": Count(_("taken in on time"), "accept_due", _on_time("accept")),
    "should_verify": Count(_("due to be verified"), "verify_due", Q(), done="verify_at"),
    "verified_on_time": Count(_("verified on time"), "verify_due", _on_time("verify")),
    "should_dispatch": Count(_("due to be dispatched"), "dispatch_due", Q(), done="dispatch_at"),
    "dispatched_on_time": Count(_("dispatched on time"), "dispatch_due", _on_time("dispatch")),
    "dispatched_rightly": Count(
        _("dispatched and never returned"), "dispatch_due", _done("dispatch") & Q(returns=0)
    ),
    "should_handle": Count(_("due to be handled"), "handle_due", _OWED, done="handle_at"),
    "handled": Count(_("handled"), "handle_due", _done("handle")),
    "handled_on_time": Count(_("handled on time"), "handle_due", _on_time("handle"), spared=True),
    "handled_late": Count(_("handled late"), "handle_due", _late("handle") & Q(exempt=False)),
    "should_close": Count(_("due to be closed"), "handle_due", _OWED, done="close_at"),
    "closed": Count(_("closed"), "handle_due", _done("close")),
    "closed_on_time": Count(
        _("closed on time"), "handle_due", _on_time("close") & Q(handle_late=False), spared=True
    ),
    "closed_late": Count(
        _("closed late"),
        "handle_due",
        _done("close") & (_late("close") | _late("handle")) & Q(exempt=False),
    ),
    "was_handled": Count(_("handled"), "handle_at", Q()),
    "reworked": Count(_("sent back for rework"), "handle_at", Q(reworks__gt=0)),
    "should_inspect": Count(_("due to be inspected"), "inspect_due", Q(), done="inspect_at"),
    "inspected_on_time": Count(_("inspected on time"), "inspect_due", _on_time("inspect")),
    "called_back": Count(_("called back"), "close_at", Q(satisfied__isnull=False)),
    "satisfied": Count(_("satisfied"), "close_at", Q(satisfied=True)),
}
"""By name, as `indicators.toml` uses them."""
