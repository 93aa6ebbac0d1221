"""Telling those who were called: on their pages at once, then by every channel that serves them.

The clock process runs `tell_pending` every half second. A call is first spread: it stands on the
team's pages, and a delivery waits for each channel. A delivery is claimed before it is sent, so
that two processes never both send it. A process that dies while sending leaves its claim behind;
after `LEASE` another takes it up again and says in the message that it may be a repeat: where a
life may be at risk, twice is better than never.

Channels send side by side, so that one that is down holds up nobody else. A call is told as soon as
one channel has it, and has failed when all of them gave up.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from xiuhua.city import feed
from xiuhua.city.staff import queries as staff

from . import channels, where
from .channels import Outlet
from .models import Call, Delivery, Escalation

LEASE = timedelta(seconds=60)
BACKOFF = tuple(timedelta(seconds=s) for s in (5, 15, 60, 300))
"""How long to wait after each attempt that failed; after the last one the delivery has failed."""
BATCH = 500
"""So many calls are shown, and so many deliveries claimed, at a time."""
TOGETHER = 3
"""So many messages for one channel go out each by itself; what waits beyond is one message, unless
a life may be at risk."""
MARKS = {"warn": "●", "serious": "▲", "critical": "◆"}

log = structlog.get_logger()


class _Message(NamedTuple):
    """What goes out at once by one channel: usually one delivery, or many everyday ones."""

    deliveries: list[Delivery]
    title: str
    text: str


def tell_call(call: Call) -> None:
    """Let the open pages know how a call stands."""
    feed.tell(
        "call",
        str(call.alert_id),
        {
            "team": call.team or call.outside,
            "outcome": call.outcome,
            "answered_by": call.answered_by,
        },
    )


def tell_pending(now: datetime, house: Sequence[Outlet]) -> int:
    """Spread the calls that are new, send what is due; returns how many calls were settled: told,
    given up, or shown on the page alone. `house` are the outlets of XIUHUA_NOTIFY."""
    new = Call.objects.filter(outcome=Call.Outcome.WAITING, shown=None)
    due = Delivery.objects.filter(outcome=Delivery.Outcome.WAITING, next_try__lte=now)
    if not new.exists() and not due.exists():
        return 0
    outlets = {outlet.key: outlet for outlet in [*house, *channels.entered()]}
    return _spread(now, list(outlets.values())) + _send(now, outlets)


def _spread(now: datetime, outlets: Sequence[Outlet]) -> int:
    """Show new calls on the pages and lay down their deliveries, risks to life first; returns how
    many stand there alone, because no channel serves them: nobody is told by that yet."""
    with transaction.atomic():
        new = Call.objects.select_for_update(of=("self",)).filter(shown=None, outcome="waiting")
        calls = list(new.select_related("alert").order_by("-alert__life_safety", "id")[:BATCH])
        watch = channels.on_watch(calls, now)
        deliveries = [
            Delivery(call=call, channel=outlet.key, title=outlet.title, next_try=now)
            for call in calls
            for outlet in outlets
            if outlet.serves(call, watch.get(call.team, ()))
        ]
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        served = {delivery.call_id for delivery in deliveries}
        for call in calls:
            call.shown = now
            if call.pk not in served and not call.outside:
                call.outcome, call.channel = Call.Outcome.SHOWN, "page"
        Call.objects.bulk_update(calls, ["shown", "outcome", "channel"])
        for call in calls:
            tell_call(call)
    return sum(call.outcome == Call.Outcome.SHOWN for call in calls)


def opened(calls: Sequence[Call], now: datetime) -> None:
    """Somebody who was called has opened the page of it: these calls are told by that, where they
    only stood there."""
    for call in calls:
        only_shown = Call.objects.filter(pk=call.pk, outcome=Call.Outcome.SHOWN)
        if only_shown.update(outcome=Call.Outcome.TOLD, told=now):
            call.outcome, call.told = Call.Outcome.TOLD, now
            tell_call(call)


def _send(now: datetime, outlets: dict[str, Outlet]) -> int:
    """Claim what is due, send it channel by channel side by side, write down how it went."""
    mine = _claim(now)
    jobs = [
        (outlets.get(key), [_Message(part, *_words(part)) for part in _parts(list(waiting))])
        for key, waiting in groupby(mine, key=lambda one: one.channel)
    ]
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="channel") as pool:
        sending = [(*job, pool.submit(_send_all, *job)) for job in jobs]
        return sum(
            _record(outlet, message, now, sent=sent)
            for outlet, messages, sends in sending
            for message, sent in zip(messages, sends.result(), strict=True)
        )


def _send_all(outlet: Outlet | None, messages: list[_Message]) -> list[bool]:
    """Runs beside the others and touches no database. A channel that is gone takes nothing."""
    return [outlet is not None and outlet.send(one.title, one.text) for one in messages]


def _claim(now: datetime) -> list[Delivery]:
    with transaction.atomic():
        due = Delivery.objects.select_for_update(of=("self",)).filter(
            outcome=Delivery.Outcome.WAITING, next_try__lte=now
        )
        mine = list(
            due.select_related("call__alert").order_by("-call__alert__life_safety", "id")[:BATCH]
        )
        for delivery in mine:
            delivery.attempts += 1
            delivery.next_try = now + LEASE
        Delivery.objects.bulk_update(mine, ["attempts", "next_try"])
    return sorted(mine, key=lambda one: one.channel)


def _parts(waiting: list[Delivery]) -> list[list[Delivery]]:
    """What goes out as one message: each by itself, but many everyday ones together."""
    grave = [[one] for one in waiting if one.call.alert.life_safety]
    usual = [one for one in waiting if not one.call.alert.life_safety]
    return grave + ([usual] if len(usual) > TOGETHER else [[one] for one in usual])


def _words(part: Sequence[Delivery]) -> tuple[str, str]:
    if len(part) == 1:
        return message(part[0].call, again=part[0].attempts > 1)
    return digest([one.call for one in part])


def _record(outlet: Outlet | None, message: _Message, now: datetime, *, sent: bool) -> int:
    """Write down how one message went; returns how many calls are settled by it."""
    with transaction.atomic():
        if outlet:
            channels.note(outlet, through=sent, now=now)
        return sum(_record_one(delivery, now, sent=sent) for delivery in message.deliveries)


def _record_one(delivery: Delivery, now: datetime, *, sent: bool) -> bool:
    if sent:
        after = {"outcome": Delivery.Outcome.SENT, "sent": now}
    elif delivery.attempts <= len(BACKOFF):
        after = {"next_try": now + BACKOFF[delivery.attempts - 1]}
    else:
        after = {"outcome": Delivery.Outcome.FAILED}
    waiting = Delivery.objects.filter(pk=delivery.pk, outcome="waiting", attempts=delivery.attempts)
    return bool(waiting.update(**after)) and "outcome" in after and _settle(delivery.call_id, now)


def _settle(call_id: int, now: datetime) -> bool:
    """Whether the call is told, or given up, by what its deliveries now say."""
    call = Call.objects.select_for_update().get(pk=call_id)
    if call.outcome != Call.Outcome.WAITING:
        return False
    outcomes = set(call.deliveries.values_list("outcome", flat=True))
    if Delivery.Outcome.SENT in outcomes:
        call.outcome, call.told = Call.Outcome.TOLD, now
    elif outcomes == {Delivery.Outcome.FAILED}:
        call.outcome = Call.Outcome.FAILED
        log.error("call.not_reached", call=call.pk)
        hurry(call, now)
    else:
        return False
    call.channel = "page+notify"
    call.save(update_fields=["outcome", "told", "channel"])
    tell_call(call)
    return True


def hurry(call: Call, now: datetime) -> None:
    """Where nobody at all was reached, the next rung need not wait for its patience."""
    others = Call.objects.filter(alert=call.alert_id).exclude(pk=call.pk)
    if not others.exclude(outcome=Call.Outcome.FAILED).exists():
        waiting = Escalation.objects.filter(alert=call.alert_id, ended="", due__gt=now)
        waiting.update(due=now)


def message(call: Call, *, again: bool = False) -> tuple[str, str]:
    """Title and text of a call, in the language of the house."""
    alert, to = call.alert, staff.team(call.team) or staff.member(call.person)
    with translation.override(settings.LANGUAGE_CODE):
        at = where.label(alert)
        title = f"{MARKS[alert.worst]} {alert.get_worst_display()} · {alert.zh} · {at}"
        told_to = _("For: %(team)s") % {"team": to.name if to else call.team or call.person}
        lines = [_why(call), told_to, _("Please answer on your page, then go.")]
        if settings.PUBLIC_URL:
            lines.append(f"{settings.PUBLIC_URL}{reverse('alerts:phone', args=[alert.id])}")
        if again:
            lines.append(_("(This message may be a repeat.)"))
    return title, "\n".join(lines)


def spoken(call: Call) -> tuple[str, str]:
    """Title and text of a call for the ear: no marks, no word of pages."""
    alert = call.alert
    return f"{alert.get_worst_display()}，{alert.zh}，{where.label(alert)}", _why(call)


def _why(call: Call) -> str:
    """Why somebody is called; whoever goes has to know that it has cleared by itself."""
    if call.alert.cleared is None or not call.alert.life_safety:
        return call.alert.sentence_zh
    cleared = _("It has cleared by itself meanwhile; nobody has answered yet.")
    return f"{call.alert.sentence_zh} {cleared}"


def digest(calls: Sequence[Call]) -> tuple[str, str]:
    """Many everyday calls as one message: a line each."""
    with translation.override(settings.LANGUAGE_CODE):
        title = _("%(n)s matters need you") % {"n": len(calls)}
        lines = [message(call)[0] for call in calls]
        lines.append(_("Please answer on your page, then go."))
    return title, "\n".join(lines)
