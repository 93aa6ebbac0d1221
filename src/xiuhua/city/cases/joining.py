"""What a step names besides the case: a standard, another case, a day. Inside the step's
transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.utils import timezone

from xiuhua.city import feed

from .machine import OWED_AGAIN, Act, Refusal, Step
from .models import Case, CaseStep, Source
from .queries import brief, standards
from .reckoning import book, first_owed, marks, promised, reckon, sooner
from .ways import OPEN, WITH_TEAM, Promise, Stage

LONGEST_SUSPENSION = 366


class NoSuch(Exception):
    """What the step names is not there, or not for this."""

    def __init__(self, code: Refusal) -> None:
        super().__init__(code)
        self.code = code


def choose_standard(case: Case, code: str) -> str:
    """File the case under a row of its class's standard: its limit counts from now on. Without a
    code the row that the case has counts, or the only one of its class."""
    if not code and case.standard_id:
        return case.standard_id
    rows = standards(case.case_class_id, by_alert=case.source == Source.ALERT)
    found = [row for row in rows if row.code == code or not code]
    if len(found) != 1:
        raise NoSuch(Refusal.NEEDS_STANDARD)
    case.standard = found[0]
    case.clock, case.amount = found[0].clock, found[0].amount
    return found[0].code


def join(case: Case, act: Act) -> str:
    """Tie the case to another, open one: as part of its bundle, which shares one clock, or merged
    into it."""
    bundling = act.step is Step.BUNDLE
    stages = WITH_TEAM if bundling else OPEN
    others = Case.objects.select_for_update(of=("self",)).exclude(pk=case.pk)
    found = others.filter(number=act.other, stage__in=stages).first()
    if found is None or (bundling and (found.bundle_id or case.bundled.exists())):
        raise NoSuch(Refusal.NEEDS_OTHER)
    if bundling:
        case.bundle = found
    else:
        case.merged_into = found
    return found.number


def joined(case: Case) -> tuple[Case, dict[str, int | None]]:
    """The case that this one was merged into, with what is owed to this one's reporters owed by
    it; and what that is. Their voices stay with the case that they were told for."""
    other, handed = case.merged_into, dict(case.owes)
    assert other is not None
    sooner(other.owes, case.owes)
    case.owes = {}
    case.save()
    feed.tell("case", other.number, brief(other))
    return other, handed


def about_to_part(case: Case) -> dict[str, object]:
    """What the history keeps of a merging that is undone: from which case, and which of the
    promises that it handed over were kept there since. Raises `NoSuch`."""
    other = case.merged_into
    assert other is not None
    if other.stage == Stage.MERGED:
        raise NoSuch(Refusal.MERGED_ON)
    done: set[str] = set()
    owed: dict[str, dict[str, int | None]] = {}
    for step in other.steps.filter(seq__gt=_joining(case, other).seq).order_by("seq"):
        kept = {step.step, *step.data.get("done", ())} & {each.value for each in Promise}
        done |= kept
        for owes in owed.values():
            for name in kept & owes.keys():
                del owes[name]
        for number, anew in step.data.get("again", {}).get(case.number, {}).items():
            sooner(owed.setdefault(number, {}), anew)
    told = {"again": anew} if (anew := _by_branch(case, owed)) else {}
    return {"other": other.number, "done": sorted(done), **told}


Anew = dict[str, dict[str, dict[str, int | None]]]
"""What is owed anew: by the case and each that was merged right into it, by the number of the one
that it is owed to, by promise: until when (ms)."""


def again(case: Case, now: datetime) -> Anew:
    """What is owed anew when the work begins anew, its time reckoned from now: all that was
    promised of it to the reporters of this case, and of those that were merged into it."""
    by = book()
    owed = {}
    for one in _with_merged(case):
        names = first_owed(one, list(one.steps.order_by("seq")[:1]), by).keys() & OWED_AGAIN
        anew = promised(one.source, now, by)
        owed[one.number] = {name: anew.get(name) for name in sorted(names)}
    return _by_branch(case, owed)


def _by_branch(case: Case, owed: Mapping[str, dict[str, int | None]]) -> Anew:
    """What is owed by number, sorted by what it would be parted with."""
    branches = {own.number: _with_merged(own) for own in case.merged.order_by("id")}
    found = {
        number: {one.number: owed[one.number] for one in branch if owed.get(one.number)}
        for number, branch in {case.number: [case], **branches}.items()
    }
    return {number: owes for number, owes in found.items() if owes}


def _with_merged(case: Case) -> list[Case]:
    """The case and all that was merged into it, and into those."""
    return [case, *(one for own in case.merged.order_by("id") for one in _with_merged(own))]


def part(case: Case, done: Iterable[str], again: Anew) -> None:
    """Give the case back what is owed to its own reporters; it stands by itself again. Their voices
    never left it. The time in between counts for their promises: they have waited all along."""
    other = case.merged_into
    assert other is not None
    handed = _joining(case, other).data.get("owes")
    if handed is None:  # merged before the house kept it
        handed = promised(case.source, case.opened, book())
    case.owes = {name: until for name, until in handed.items() if name not in set(done)}
    owe_anew(case, again)
    case.merged_into = None


def owe_anew(case: Case, again: Anew) -> None:
    """Owe that besides what is owed already. Not yet saved."""
    for branch in again.values():
        for owes in branch.values():
            sooner(case.owes, owes)


def _joining(case: Case, other: Case) -> CaseStep:
    joins = other.steps.filter(step="joined", data__other=case.number)
    return joins.order_by("-seq")[0]


def follow_lead(lead: Case) -> None:
    """A bundle shares one clock: the others' deadlines follow."""
    by = book()
    for case in lead.bundled.filter(ended=None).prefetch_related("steps"):
        case.bundle = lead
        reckon(case, marks(case.steps.all()), by)
        case.save(update_fields=["due", "handle_by"])


def suspend_until(case: Case, text: str, now: datetime) -> str:
    """Note the day on which the case is looked at again."""
    try:
        day = date.fromisoformat(text)
    except ValueError as bad:
        raise NoSuch(Refusal.NEEDS_UNTIL) from bad
    today = timezone.localdate(now)
    if not 0 < (day - today).days <= LONGEST_SUSPENSION:
        raise NoSuch(Refusal.NEEDS_UNTIL)
    case.resume_on = day
    return text
