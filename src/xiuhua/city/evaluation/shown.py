"""Rates and reports as tables of words: the page, the print and the export all show these."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from xiuhua.city.exports import Sheet
from xiuhua.city.places import queries as places
from xiuhua.epoch import SHANGHAI

from . import queries, scoring, words
from .indicators import indicators
from .periods import Period, before


def rates(by: str, period: Period, *, site: str = "") -> Sheet:
    """A table of rates with their numerators and denominators, and each formula below."""
    some = queries.shown(by)
    rows = queries.table(by, period, site=site)
    named = words.names(by, (row.key for row in rows))
    head = [str(words.BY[by]), *(one.name for one in some)]
    body = [
        [named.get(row.key, row.key) or _("All"), *(_cell(row, one.code) for one in some)]
        for row in rows
    ]
    notes = [*as_of(period), *(f"{one.name} = {one.formula}" for one in some)]
    return Sheet(f"{words.BY[by]} {period.words}", [head, *body], notes)


def as_of(period: Period) -> list[str]:
    """Said of a period that still runs, nothing of one that is over."""
    if not period.runs:
        return []
    said = _("As of %(at)s: what should be done counts once it is due or done.")
    return [said % {"at": f"{period.now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"}]


def _cell(row: queries.Row, code: str) -> str:
    value = row.values.get(code)
    if value is None:
        return ""
    text = _value(value)
    if value.spared != value.top:
        text += _("; with exempted %(rate)s") % {"rate": words.percent(value.exempted)}
    return text


def _value(value: queries.Value) -> str:
    return f"{words.percent(value.raw)} ({value.top}/{value.bottom})"


def compared(period: Period) -> Sheet:
    """The rates of the whole neighbourhood beside those of the period before."""
    spans = [one for one in (period, before(period)) if one]
    totals = [queries.totals(one) for one in spans]
    head = [_("Indicator"), *(one.words for one in spans), _("Formula")]
    rows = [
        [one.name, *(_value(values[one.code]) for values in totals), one.formula]
        for one in indicators().values()
    ]
    return Sheet(_("Indicators"), [head, *rows], as_of(period))


def changed(period: Period) -> list[Sheet]:
    """What differs from the report of a month as it was kept; nothing where none was kept."""
    kept = queries.kept(period)
    if kept is None:
        return []
    codes = [one for one in indicators().values() if one.code in kept.figures[""]]
    then = {key: {code: queries.Value(*said) for code, said in rates.items()}
            for key, rates in kept.figures.items()}  # fmt: skip
    now = queries.figures(period)
    named = {"": _("All")} | words.names("team", ())
    none = queries.Value(0, 0, 0)
    rows = [
        [named.get(key, key), one.name, _value(said), _value(says)]
        for key in sorted(then.keys() | now.keys())
        for one in codes
        if (said := then.get(key, {}).get(one.code, none))
        != (says := now.get(key, {}).get(one.code, none))
    ]
    at = f"{kept.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    head = [str(words.BY["team"]), _("Indicator"), _("As kept"), _("As it is now")]
    note = _("The report was kept on %(at)s. Cases that were reopened, exempted or put off later "
             "change what it says today.")  # fmt: skip
    return [Sheet(_("Changed since it was kept"), [head, *rows], [note % {"at": at}])]


def common(column: str, period: Period) -> Sheet:
    """What was reported most."""
    found = queries.most_common(column, period)
    named = words.names(column, (one.key for one in found))
    rows = [[named.get(one.key, one.key), str(one.count)] for one in found]
    return Sheet(str(words.BY[column]), [[str(words.BY[column]), _("Reported")], *rows])


def overdue(now: datetime) -> Sheet:
    """What should have been handled by now and is not."""
    found = queries.overdue(now)
    classes, teams = words.names("case_class", ()), words.names("team", ())
    where = places.many_labels(one.site for one in found)
    head = [_("Case"), str(words.BY["case_class"]), str(words.BY["site"]), str(words.BY["team"]),
            _("Due")]  # fmt: skip
    rows = [
        [
            one.number,
            classes.get(one.case_class, one.case_class),
            where[one.site],
            teams.get(one.team, one.team),
            moment(one.handle_due),
        ]
        for one in found
    ]
    return Sheet(_("Overdue now"), [head, *rows])


def rules(scores: Sequence[scoring.Score]) -> Sheet:
    """How each rule did, by what people found."""
    classes = words.names("case_class", ())
    head = [_("Rule"), str(words.BY["case_class"]), _("Alerts"), _("True"), _("False"),
            _("Precision"), _("Found after (median)"), _("Seen after (median)")]  # fmt: skip
    rows = [
        [
            one.name,
            classes.get(one.case_class, one.case_class),
            str(one.alerts),
            str(one.true),
            str(one.false),
            words.percent(one.precision),
            _lasted(one.found_after),
            _lasted(one.seen_after),
        ]
        for one in scores
    ]
    notes = [
        _("True: whoever inspected its case said so. False: somebody said so."),
        _("Found after: from the beginning of what the alert tells of to the alert. Seen after: "
          "from the alert until the desk saw it. Both of true alerts only."),
    ]  # fmt: skip
    return Sheet(_("Rules by what people found"), [head, *rows], notes)


def classes(scores: Sequence[scoring.ClassScore]) -> Sheet:
    """What the rules of each class found and missed."""
    named = words.names("case_class", ())
    head = [str(words.BY["case_class"]), _("Rules"), _("Found, true"), _("Missed"), _("Recall"),
            _("Missed rate")]  # fmt: skip
    rows = [
        [
            named.get(one.case_class, one.case_class),
            "、".join(rule.name for rule in one.rules),
            str(one.found),
            str(one.missed),
            words.percent(one.recall),
            words.percent(None if one.recall is None else 1 - one.recall),
        ]
        for one in scores
    ]
    note = _(
        "Missed: people reported a matter of the class, it was closed as true, and no rule's alert "
        "had told of it. Which rule should have told nobody says: it counts once, for the class."
    )
    return Sheet(_("What rules found and missed"), [head, *rows], [note])


def _lasted(seconds: float | None) -> str:
    return "—" if seconds is None else _("%(s).0f s") % {"s": seconds}


def report(period: Period) -> list[Sheet]:
    """The day's or month's report."""
    scored = scoring.scored(period)
    return [
        compared(period),
        *changed(period),
        common("case_class", period),
        common("site", period),
        rates("team", period),
        overdue(period.now),
        rules(scored.rules),
        classes(scored.classes),
    ]


def moment(at: datetime | None) -> str:
    """A moment as people here read it."""
    return f"{at.astimezone(SHANGHAI):%m-%d %H:%M}" if at else ""
