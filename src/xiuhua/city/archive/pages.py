"""The page of keeping times: how long each kind stays and why, what is on hold, what ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.city.fields import DayField
from xiuhua.epoch import moment, now_ms
from xiuhua.kinds import all_kinds

from . import commands, proofs, queries
from .models import LONGEST

REFUSED = {
    "days": _("A term has between 1 and 3650 days."),
    "basis": _("Say on what legal basis."),
    "reason": _("Say why."),
    "span": _("The last day is before the first."),
    "device": _("No such device or flat is known."),
}


class _Form(forms.Form):
    def __init__(self, data: Any = None) -> None:  # noqa: ANN401
        super().__init__(data, auto_id=f"{type(self).__name__.lower()}_%s")
        if kind := self.fields.get("kind"):
            every = [] if kind.required else [("", str(_("All kinds")))]
            every += [(one.code, f"{one.zh} {one.code}") for one in all_kinds()]
            cast("forms.ChoiceField", kind).choices = every


class TermForm(_Form):
    """How long a kind stays."""

    kind = forms.ChoiceField(label=_("Kind"))
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=commands.MOST_DAYS)
    basis = forms.CharField(label=_("Legal basis"), max_length=LONGEST)
    why = forms.CharField(label=_("Why it changes"), max_length=LONGEST)


class HoldForm(_Form):
    """What must not be deleted."""

    kind = forms.ChoiceField(label=_("Kind"), required=False)
    site = forms.CharField(label=_("Site"), max_length=32, required=False)
    device = forms.CharField(label=_("Device"), max_length=64, required=False)
    since = DayField(label=_("From day"))
    until = DayField(label=_("To day"))
    case = forms.CharField(label=_("Number of the case"), max_length=32, required=False)
    why = forms.CharField(label=_("Why it is held"), max_length=LONGEST)


class EraseForm(_Form):
    """Whose readings are to be erased."""

    whom = forms.CharField(label=_("Device or code of the flat"), max_length=64)
    why = forms.CharField(label=_("Who asked, and when"), max_length=LONGEST)


class LetGoForm(_Form):
    """Why a hold ends."""

    why = forms.CharField(label=_("Why it ends"), max_length=LONGEST)


@needs("history.look")
def keeping(request: HttpRequest) -> HttpResponse:
    """How long each kind is kept and on what basis, the holds, the orders, the proofs."""
    return _page(request)


@needs("history.keep")
@require_POST
def term(request: HttpRequest) -> HttpResponse:
    """Decide how long a kind stays."""
    form = TermForm(request.POST)

    def decide(**said: Any) -> object:  # noqa: ANN401
        made = commands.set_term(**said)
        if made.effective > made.at:
            return _("The shorter term is recorded; it counts from tomorrow at this time.")
        return _("The term is recorded and counts now.")

    return _done(request, form, decide, "term_form")


@needs("history.hold")
@require_POST
def hold(request: HttpRequest) -> HttpResponse:
    """Keep days of history from being deleted."""

    def lay(**said: Any) -> object:  # noqa: ANN401
        commands.hold(**said)
        return _("It is on hold and will not be deleted.")

    return _done(request, HoldForm(request.POST), lay, "hold_form")


@needs("history.hold")
@require_POST
def let_go(request: HttpRequest, number: int) -> HttpResponse:
    """End a hold."""

    def end(**said: Any) -> object:  # noqa: ANN401
        if commands.let_go(number=number, **said):
            return _("The hold has ended; what is over its term goes within the hour.")
        return _("The hold had ended already.")

    return _done(request, LetGoForm(request.POST), end, "let_go_form")


@needs("history.erase")
@require_POST
def erase(request: HttpRequest) -> HttpResponse:
    """Order that what a device or a flat's devices said is erased."""

    def order(**said: Any) -> object:  # noqa: ANN401
        count = commands.ask_erasure(**said)
        words = ngettext(
            "What %(n)d device said goes within minutes.",
            "What %(n)d devices said goes within minutes.",
            count,
        )
        return words % {"n": count}

    return _done(request, EraseForm(request.POST), order, "erase_form")


def _done(
    request: HttpRequest, form: forms.Form, act: Callable[..., object], name: str
) -> HttpResponse:
    """Do what a form asks and go back to the page, or show it again with what is wrong."""
    if form.is_valid():
        user = cast("AbstractUser", request.user)
        try:
            messages.success(request, str(act(**form.cleaned_data, user=user, now=now_ms())))
        except commands.Refused as error:
            form.add_error(None, REFUSED[error.args[0]])
        else:
            return redirect("archive:keeping")
    return _page(request, **{name: form})


def _page(request: HttpRequest, **forms_: forms.Form) -> HttpResponse:
    count, mac = proofs.ledger.head()
    may_do = {
        name: may(request.user, f"history.{name}") for name in ("keep", "hold", "erase", "export")
    }
    seen = {
        "default_cloth": "paper",
        "may": may_do,
        "kinds": queries.kept(now_ms()),
        "decisions": [(row, moment(row.at), moment(row.effective)) for row in queries.decisions()],
        "holds": [
            (row, moment(row.at), moment(row.ended) if row.ended else None)
            for row in queries.holds()
        ],
        "erasures": [
            (row, moment(row.at), moment(row.done) if row.done else None)
            for row in queries.erasures()
        ],
        "endings": [(row, proofs.part_of(row), moment(row.at)) for row in queries.endings()],
        "count": count,
        "mac": mac,
        "broken": proofs.ledger.first_broken(),
        "term_form": TermForm(),
        "hold_form": HoldForm(),
        "erase_form": EraseForm(),
        "let_go_form": LetGoForm(),
        **forms_,
    }
    wrong = any(form.is_bound for form in forms_.values())
    return render(request, "archive/keeping.html", seen, status=422 if wrong else 200)
