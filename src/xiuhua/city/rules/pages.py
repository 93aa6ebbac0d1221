"""The rules' pages: what stands, what waits for a second pair of eyes, and writing a version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from xiuhua.city.access import by_owner, may, needs
from xiuhua.city.almanac import queries as almanac
from xiuhua.city.fields import MomentField
from xiuhua.engine.explain import explain
from xiuhua.engine.rules import RuleError
from xiuhua.kinds import kind

from . import commands, queries, trials
from .models import Rule, RuleVersion, Setback
from .shown import shown

BLANK = """[[rule]]
id = ""
kind = "smoke"
zh = ""
en = ""
sentence.zh = ""
sentence.en = ""
[rule.params]
limit = 0.1
[[rule.level]]
level = "warn"
operator = "threshold"
when = "obscuration >= :limit"
hold = "30s"
"""

SUBJECTS = {
    "device": "",
    "place": _("about each place"),
    "flat": _("about each flat"),
    "building": _("about each building"),
    "site": _("about each site"),
}
"""What a rule's alerts are about, where it is not each device for itself."""

LONGEST = 20_000
"""Characters of a rule's text; the house's own have under a thousand."""

LONGEST_TRIAL = timedelta(days=31)

_SAID = {
    commands.OwnProposal: _("You wrote this version yourself; somebody else must approve it."),
    commands.NotWaiting: _("Somebody was first: this version is decided already."),
    commands.AskedAlready: _("Somebody has asked to change this rule; that is decided first."),
    commands.NeverApproved: _("This version was never approved and cannot be gone back to."),
}


class VersionForm(forms.Form):
    """A rule's text and why it changes."""

    text = forms.CharField(
        label=_("Rule (TOML)"),
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "code"}),
    )
    note = forms.CharField(label=pgettext_lazy("a rule changes", "Why"), max_length=300)


class TrialForm(forms.Form):
    """The time on which a rule is tried."""

    PERIODS = (
        ("hour", _("The last hour")),
        ("day", _("The last day")),
        ("week", _("The last 7 days")),
        ("custom", _("From … to …")),
    )
    _LENGTHS = {  # noqa: RUF012  never changed
        "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7),
    }  # fmt: skip

    period = forms.ChoiceField(label=_("Try it on"), choices=PERIODS, initial="day")
    since = MomentField(label=_("From"), required=False, help_text=_("For “From … to …” only."))
    until = MomentField(label=_("To"), required=False)

    def clean(self) -> dict[str, Any]:
        """A period of one's own has a beginning before its end, and is not too long."""
        said = super().clean() or {}
        if said.get("period") == "custom":
            since, until = said.get("since"), said.get("until")
            if not since or not until or since >= until:
                self.add_error("since", _("Give a beginning and an end that comes after it."))
            elif until - since > LONGEST_TRIAL:
                self.add_error("since", _("Choose 31 days at most."))
        return said

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        """From when to when, of a form that is valid."""
        length = self._LENGTHS.get(self.cleaned_data["period"])
        if length is not None:
            return now - length, now
        return self.cleaned_data["since"], self.cleaned_data["until"]


@needs("rules.look")
def listing(request: HttpRequest) -> HttpResponse:
    """Every rule by kind, and the versions that wait."""
    found = [(rule, kind(rule.kind), _life_safety(rule)) for rule in queries.rules()]
    seen = {"rules": found, "waiting": queries.waiting(), **_asked(request)}
    return _page(request, "rules/list.html", seen)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What rules ask besides readings, as `almanac/_flags.html` shows it."""
    return {
        "flags": almanac.flags(),
        "may_set_flags": may(request.user, "flags.set"),
        "calendar_until": almanac.known_until(),
    }


@needs("rules.look")
def detail(request: HttpRequest, rule: str) -> HttpResponse:
    """One rule: what it does in plain words, its versions, what stood when."""
    found = _found(rule)
    standing = found.standing
    seen = {
        "rule": found,
        **_about(found),
        "explained": _explained(standing) if standing else [],
        "versions": [(version, _explained(version)) for version in queries.versions(found)],
        "enactments": queries.enactments(found)[:50],
        "setback": queries.setback(found),
    }
    return _page(request, "rules/rule.html", seen)


@needs("rules.edit")
def edit(request: HttpRequest, rule: str = "") -> HttpResponse:
    """Write a new rule, or a new version of one, for somebody else to approve."""
    found = _found(rule) if rule else None
    if request.POST.get("do") == "try":
        return _tried(request, found)
    form = VersionForm(request.POST or None, initial={"text": _begun_with(request, found)})
    if request.method == "POST" and form.is_valid() and _proposed(request, form, found):
        messages.success(request, _("Written down. It stands once somebody else approves it."))
        return redirect("rules:list")
    return _page(request, "rules/edit.html", {"form": form, "rule": found, "period": TrialForm()})


def _tried(request: HttpRequest, rule: Rule | None) -> HttpResponse:
    """Try the text first; whoever tries it need not say why yet."""
    form, period = VersionForm(request.POST), TrialForm(request.POST)
    form.fields["note"].required = False
    now = datetime.now(UTC)
    if form.is_valid() and period.is_valid():
        since, until = period.bounds(now)
        try:
            begun = trials.begin(
                text=form.cleaned_data["text"], by=cast("User", request.user),
                since=since, until=until, now=now, of=rule.id if rule else "",
            )  # fmt: skip
        except RuleError as error:
            form.add_error("text", _sentence(error))
        except trials.StillRunning as still:
            messages.error(request, _("Your last trial is still running; wait for it, please."))
            return redirect("rules:trial", still.trial)
        else:
            trials.launch(begun.pk)
            return redirect("rules:trial", begun.pk)
    return _page(request, "rules/edit.html", {"form": form, "rule": rule, "period": period})


def _begun_with(request: HttpRequest, rule: Rule | None) -> str:
    """What stands in the form at first: the text of a trial that is changed again, or the rule."""
    row = request.GET.get("trial", "")
    tried = queries.trial(int(row)) if row.isdecimal() and len(row) < 18 else None
    return tried.text if tried else _text_of(rule)


@needs("rules.look")
def trial(request: HttpRequest, row: int) -> HttpResponse:
    """What a rule that was tried would have changed, or that it still runs, or why it failed."""
    trials.overdue(datetime.now(UTC))
    found = queries.trial(row)
    if found is None:
        raise Http404
    seen = {
        "trial": found,
        "own": found.by_id == request.user.pk,
        "rule": queries.one(found.rule),
        "shown": shown(found),
    }
    return _page(request, "rules/trial.html", seen)


@by_owner("whose trial it is")
@require_POST
@needs("rules.edit")
def hand_in(request: HttpRequest, row: int) -> HttpResponse:
    """Hand the text of one's own trial in, with what the trial found, for a second person."""
    found = queries.trial(row)
    if found is None or found.by_id != request.user.pk:
        raise PermissionDenied
    note = request.POST.get("note", "").strip()[:300]
    if not note:
        messages.error(request, _("Say why the rule changes."))
        return redirect("rules:trial", row)
    try:
        commands.propose(
            text=found.text, author=found.by, note=note, now=datetime.now(UTC), trial=found.pk
        )
    except RuleError as error:
        messages.error(request, _sentence(error))
        return redirect("rules:trial", row)
    messages.success(request, _("Written down. It stands once somebody else approves it."))
    return redirect("rules:list")


@require_POST
@needs("rules.approve")
def approve(request: HttpRequest, version: int) -> HttpResponse:
    """Put a version in force."""
    act = commands.approve
    return _done(request, lambda by, now: act(version=version, approver=by, now=now))


@by_owner("its author, or whoever may approve")
@require_POST
@needs("rules.look")
def refuse(request: HttpRequest, version: int) -> HttpResponse:
    """Turn a version down; an author may take their own back."""
    found = queries.version(version)
    if not may(request.user, "rules.approve") and (not found or found.author != request.user):
        raise PermissionDenied
    note = request.POST.get("note", "")[:300]
    act = commands.refuse
    return _done(request, lambda by, now: act(version=version, by=by, note=note, now=now))


@require_POST
@needs("rules.approve")
def roll_back(request: HttpRequest, rule: str, number: int) -> HttpResponse:
    """Put an earlier version in force again."""
    act = commands.roll_back
    return _done(request, lambda by, now: act(rule=_found(rule).id, number=number, by=by, now=now))


@require_POST
@needs("rules.approve")
def withdraw(request: HttpRequest, rule: str) -> HttpResponse:
    """End a rule."""
    act = commands.withdraw
    return _done(request, lambda by, now: act(rule=_found(rule).id, by=by, now=now))


@require_POST
@needs("rules.approve")
def decide(request: HttpRequest, setback: int) -> HttpResponse:
    """Agree that a rule for risks to life goes back or ends, or not."""
    agree = request.POST.get("agree") == "1"
    act = commands.decide
    return _done(request, lambda by, now: act(setback=setback, agree=agree, by=by, now=now))


def _done(request: HttpRequest, act: Callable[[User, datetime], object]) -> HttpResponse:
    """Do it, say how it went, and go back to where the reader was."""
    try:
        done = act(cast("User", request.user), datetime.now(UTC))
    except tuple(_SAID) as refusal:
        messages.error(request, _SAID[type(refusal)])
    else:
        if isinstance(done, Setback):
            words = _("Asked. It is about a risk to life: somebody else must agree.")
            messages.success(request, words)
            return redirect("rules:rule", done.rule_id)
        messages.success(request, _("Done; the worker follows within a second or two."))
    rule = request.POST.get("rule", "")
    return redirect("rules:rule", rule) if queries.one(rule) else redirect("rules:list")


def _proposed(request: HttpRequest, form: VersionForm, rule: Rule | None) -> bool:
    text, note = form.cleaned_data["text"], form.cleaned_data["note"]
    author = cast("User", request.user)
    try:
        commands.propose(
            text=text, author=author, note=note, now=datetime.now(UTC), of=rule.id if rule else ""
        )
    except RuleError as error:
        form.add_error("text", _sentence(error))
        return False
    return True


def _sentence(error: RuleError) -> str:
    english = get_language() == "en"
    sentence = error.sentence_en if english else error.sentence_zh
    if not error.line or str(error.line) in sentence:
        return sentence
    return f"Line {error.line}: {sentence}" if english else f"第 {error.line} 行：{sentence}"


def _about(rule: Rule) -> dict[str, Any]:
    """The kinds that a rule watches and what its alerts are about, by the version in force or else
    by the newest."""
    version = rule.standing or queries.versions(rule).first()
    if version is None:
        return {"kinds": [kind(rule.kind)], "subject": ""}
    typed = queries.typed(version.text, version.number)
    return {"kinds": typed.kinds, "subject": SUBJECTS[typed.subject]}


def _explained(version: RuleVersion) -> list[str]:
    zh, en = explain(queries.typed(version.text, version.number))
    return (en if get_language() == "en" else zh).splitlines()


def _life_safety(rule: Rule) -> bool:
    standing = rule.standing
    return standing is not None and queries.typed(standing.text, standing.number).life_safety


def _text_of(rule: Rule | None) -> str:
    if rule is None:
        return BLANK
    newest = rule.standing or queries.versions(rule).first()
    return newest.text if newest else BLANK


def _found(rule: str) -> Rule:
    found = queries.one(rule)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, template: str, seen: dict[str, Any]) -> HttpResponse:
    allowed = {name: may(request.user, f"rules.{name}") for name in ("edit", "approve")}
    return render(request, template, {"default_cloth": "paper", "may": allowed, **seen})
