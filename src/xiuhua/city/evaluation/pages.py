"""Pages of evaluation: rates with their formulas, the cases behind each number, the day's and the
month's report, scores of rules, reports of serious matters."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from xiuhua.city import exports
from xiuhua.city.access import may, needs
from xiuhua.city.cases import queries as cases
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff
from xiuhua.epoch import SHANGHAI

from . import commands, periods, queries, shown, words
from .counts import COUNTS
from .indicators import BadIndicator, indicators, own_table
from .models import Bulletin
from .periods import Period

PDF, XLSX, CSV = "application/pdf", (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
), "text/csv; charset=utf-8"  # fmt: skip
SHOWN = 500
"""So many cases behind a number are listed on a page."""


def _by_the_table(
    page: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """What hangs on the table of indicators says so where that cannot be read."""

    @wraps(page)
    def shown_or_said(request: HttpRequest) -> HttpResponse:
        try:
            return page(request)
        except BadIndicator as bad:
            context = {"bad": bad, "default_cloth": "paper"}
            return render(request, "evaluation/indicators.html", context, status=503)

    return shown_or_said


@needs("evaluation.look")
@_by_the_table
def table(request: HttpRequest) -> HttpResponse:
    """The table of indicators, and what can be counted."""
    file = own_table()
    rows = [
        (one, words.BY.get(one.post, ""), [words.BY[by] for by in one.not_by])
        for one in indicators().values()
    ]
    context = {
        "rows": rows,
        "file": file.name if file else "",
        "counts": [(code, one, words.day(one.at)) for code, one in COUNTS.items()],
        "default_cloth": "paper",
    }
    return render(request, "evaluation/indicators.html", context)


@needs("evaluation.look")
@_by_the_table
def rates(request: HttpRequest) -> HttpResponse:
    """Rates by place, department, class, source or person."""
    by, period, site = _asked(request)
    if (wanted := request.GET.get("as", "")) != "":
        sheet = shown.rates(by, period, site=site)
        return _file(wanted, sheet.title, [sheet], f"xiuhua-{by}-{period.words}")
    some = queries.shown(by)
    rows = queries.table(by, period, site=site)
    named = words.names(by, (row.key for row in rows))
    context = {
        "by": by,
        "tabs": words.BY,
        "indicators": some,
        "rows": [
            (row.key, named.get(row.key, row.key),
             [(one, row.values.get(one.code)) for one in some])
            for row in rows
        ],
        "site": site,
        "sites": places.sites(),
        **_frame(period),
    }  # fmt: skip
    return render(request, "evaluation/rates.html", context)


@needs("evaluation.look")
@_by_the_table
def behind(request: HttpRequest) -> HttpResponse:
    """The cases behind a number."""
    by, period, site = _asked(request)
    code, part = request.GET.get("indicator", ""), request.GET.get("part", "denominator")
    key = request.GET.get("key", "")
    if part not in words.PARTS:
        raise Http404
    try:
        found = queries.behind(code, by, key, period, part, site=site)  # type: ignore[arg-type]
    except KeyError as unknown:
        raise Http404 from unknown
    one = indicators()[code]
    count = found.count()
    listed = list(found[:SHOWN])
    seen = cases.seen_numbers(request.user, (fact.number for fact in listed))
    facts = [fact for fact in listed if fact.number in seen]
    classes, teams = words.names("case_class", ()), words.names("team", ())
    context = {
        "indicator": one,
        "part": words.PARTS[part],
        "parts": words.PARTS,
        "who": words.names(by, [key]).get(key, key),
        "count": count,
        "unseen": len(listed) - len(facts),
        "facts": [
            (fact, classes.get(fact.case_class, fact.case_class), teams.get(fact.team, fact.team))
            for fact in facts
        ],
        "query": {"by": by, "key": key, "site": site, "indicator": code},
        "may_open": may(request.user, "case.look"),
        **_frame(period),
    }
    return render(request, "evaluation/behind.html", context)


@needs("evaluation.look")
@_by_the_table
def report(request: HttpRequest) -> HttpResponse:
    """The report of a day or a month."""
    period = _period(request)
    sheets = shown.report(period)
    title = _("Report of %(period)s") % {"period": period.words}
    if (wanted := request.GET.get("as", "")) != "":
        return _file(wanted, title, sheets, f"xiuhua-report-{period.words}")
    serious = queries.serious(period)
    seen = cases.seen_of(request.user, (fact.number for fact in serious))
    out = queries.reported_up(seen)
    where = places.many_labels(case.place or case.site for case in seen.values())
    context = {
        "title": title,
        "sheets": sheets,
        "made": period.now,
        "serious": [
            (case, where[case.place or case.site], out.get(case.number))
            for case in (seen[fact.number] for fact in serious if fact.number in seen)
        ],
        **_frame(period),
    }
    return render(request, "evaluation/report.html", context)


class BulletinForm(forms.Form):
    """A report of a serious matter."""

    kind = forms.ChoiceField(label=gettext_lazy("Sort"), choices=Bulletin.Kind.choices)
    what = forms.CharField(label=gettext_lazy("What happened"), widget=forms.Textarea)
    people = forms.CharField(label=gettext_lazy("Harm to people and things"), required=False)
    done = forms.CharField(label=gettext_lazy("What was done"), widget=forms.Textarea)
    next = forms.CharField(
        label=gettext_lazy("What comes next"), widget=forms.Textarea, required=False
    )


@needs("evaluation.look")
def bulletins(request: HttpRequest, number: str) -> HttpResponse:
    """The reports of a matter."""
    return _bulletins(request, _case(request, number), None)


@needs("bulletin.write")
@require_POST
def write(request: HttpRequest, number: str) -> HttpResponse:
    """Add a report of a matter."""
    case = _case(request, number)
    form = BulletinForm(request.POST)
    if not form.is_valid():
        return _bulletins(request, case, form, status=422)
    facts = {"stage": case.stage, "class": case.case_class_id, "place": case.place or case.site}
    by, now = request.user.get_username(), timezone.now()
    try:
        commands.report(case=number, facts=facts, by=by, now=now, **form.cleaned_data)
    except commands.NotNow:
        form.add_error("kind", _("The first report comes first and once, the final one once and "
                                 "last."))  # fmt: skip
        return _bulletins(request, case, form, status=422)
    messages.success(request, _("Reported. It can be printed now."))
    return redirect("evaluation:bulletins", number=number)


@needs("evaluation.look")
def bulletin(request: HttpRequest, number: str, row: int) -> HttpResponse:
    """One report of a matter as PDF."""
    case = _case(request, number)
    found = queries.bulletin(row)
    if found is None or found.case != number:
        raise Http404
    title = f"{found.get_kind_display()} · {case.title}"
    by = staff.member(found.by)
    local = found.at.astimezone(SHANGHAI)
    said = [
        f"{_('Case')} {number} · {places.label(case.place or case.site)}",
        f"{_('Number')} {found.number} · {local:%Y-%m-%d %H:%M} · {by.name if by else found.by}",
    ]
    for head, text in (
        (_("What happened"), found.what),
        (_("Harm to people and things"), found.people),
        (_("What was done"), found.done),
        (_("What comes next"), found.next),
    ):
        said += [f"{head}: {text}"] if text else []
    answer = HttpResponse(exports.as_pdf(title, [], said), content_type=PDF)
    answer["Content-Disposition"] = f'attachment; filename="{number}-{found.number}.pdf"'
    return answer


def _bulletins(
    request: HttpRequest, case: cases.Case, form: BulletinForm | None, status: int = 200
) -> HttpResponse:
    found = queries.bulletins(case.number)
    first = Bulletin.Kind.FOLLOW_UP if found else Bulletin.Kind.FIRST
    over = any(one.kind == Bulletin.Kind.FINAL for one in found)
    context = {
        "case": case,
        "place": places.label(case.place or case.site),
        "bulletins": found,
        "people": staff.members(one.by for one in found),
        "form": None if over else form or BulletinForm(initial={"kind": first}),
        "may_write": may(request.user, "bulletin.write"),
        "default_cloth": "paper",
    }
    return render(request, "evaluation/bulletins.html", context, status=status)


def _case(request: HttpRequest, number: str) -> cases.Case:
    try:
        return cases.seen_case(request.user, number)
    except cases.Case.DoesNotExist as unknown:
        raise Http404 from unknown


def _asked(request: HttpRequest) -> tuple[str, Period, str]:
    by = request.GET.get("by", "team")
    if by not in words.BY:
        raise Http404
    return by, _period(request), request.GET.get("site", "")


def _period(request: HttpRequest) -> Period:
    asked, now = request.GET.get("period", ""), timezone.now()
    if not asked:
        return periods.month_of(now)
    try:
        return periods.read(asked, now)
    except periods.BadPeriod:
        messages.error(request, _("A period is a day like 2026-11-25 or a month like 2026-11."))
        return periods.month_of(now)


def _frame(period: Period) -> dict[str, object]:
    """What every page of the room shows around its own."""
    return {
        "period": period,
        "as_of": shown.as_of(period),
        "before": periods.before(period),
        "default_cloth": "paper",
    }


def _file(wanted: str, title: str, sheets: list[exports.Sheet], name: str) -> HttpResponse:
    made = {
        "pdf": (PDF, lambda: exports.as_pdf(title, sheets)),
        "xlsx": (XLSX, lambda: exports.as_xlsx(sheets)),
        "csv": (CSV, lambda: exports.as_csv(sheets)),
    }
    if wanted not in made:
        raise Http404
    kind, make = made[wanted]
    answer = HttpResponse(make(), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{wanted}"'
    return answer
