"""Words of the public's pages: what the stages of a case are called to whoever reported it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xiuhua.city.cases.intake import (
    Stage,
    Step,
)

_TAKEN_IN = _("We have it and are looking at it.")
_SENT = _("It is with those who will see to it.")
_DONE = _("It was seen to, and somebody checks it.")

STAGES: dict[Stage, Promise] = {
    Stage.REPORTED: _TAKEN_IN,
    Stage.VERIFYING: _TAKEN_IN,
    Stage.FILED: _TAKEN_IN,
    Stage.CONSULTING: _("We are settling who will see to it."),
    Stage.DISPATCHED: _SENT,
    Stage.HANDLING: _("Somebody is seeing to it."),
    Stage.HANDLED: _DONE,
    Stage.INSPECTED: _DONE,
    Stage.CLOSED: _("It is done."),
    Stage.VOID: _("It was looked at and not taken further."),
    Stage.MERGED: _("It is handled together with another report of the same."),
}

SAID: dict[str, Promise] = {
    Step.CONTACT: _("We got in touch"),
    Step.ANSWER: _("Our answer"),
    "told": _("You added"),
    "pressed": _("You asked us to hurry"),
    "rated": _("You rated it"),
    "contested": _("You disagreed"),
}

DONE: dict[str, Promise] = {
    "hurry": _("We were told to hurry."),
    "add": _("It was added."),
    "rate": _("Thank you. It was kept."),
    "contest": _("Your disagreement was kept: the matter begins again."),
}

REFUSED: dict[str, Promise] = {
    "ended": _("The matter is over. You may rate it or disagree."),
    "open": _("The matter is not over yet."),
    "hurried": _("You asked us to hurry within the last day. We have it."),
    "often": _("You have added very much already. Please ring 12345."),
    "rated": _("You have rated it already."),
    "contested": _("You have disagreed already."),
    "empty": _("Please write something, or choose a photo."),
}
