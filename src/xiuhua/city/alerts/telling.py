"""Telling those who were called: on their pages at once, then by the channels of the house.

The clock process runs `tell_pending` every second or so. A call is claimed before it is sent, so
that two processes never both send it. A process that dies while sending leaves its claim behind;
after `LEASE` another takes the call up again and says in the message that it may be a repeat:
where a life may be at risk, twice is better than never.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import apprise
import structlog
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from xiuhua.city import feed
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff

from .models import Call

LEASE = timedelta(seconds=60)
BACKOFF = tuple(timedelta(seconds=s) for s in (5, 15, 60, 300))
"""How long to wait after each attempt that failed; after the last one the call has failed."""
BATCH = 50
MARKS = {"warn": "●", "serious": "▲", "critical": "◆"}

Send = Callable[[str, str], bool]
"""Sends a title and a text through the channels of the house; whether all of them took it."""

log = structlog.get_logger()
logging.getLogger("apprise").disabled = True  # it writes whole URLs, secrets included


def channels(urls: str) -> Send | None:
    """A way to send through these Apprise URLs (by comma), or None where there are none."""
    wanted = [url.strip() for url in urls.split(",") if url.strip()]
    if not wanted:
        return None
    outlet = apprise.Apprise()
    for number, url in enumerate(wanted, 1):
        if not outlet.add(url):  # the URL holds a secret: name its place, not its text
            log.error("notify.unreadable_url", number=number, hint="see XIUHUA_NOTIFY")
    return lambda title, body: bool(outlet.notify(title=title, body=body))


def tell_call(call: Call) -> None:
    """Let the open pages know how a call stands."""
    feed.tell(
        "call",
        str(call.alert_id),
        {"team": call.team, "outcome": call.outcome, "answered_by": call.answered_by},
    )


def tell_pending(now: datetime, send: Send | None) -> int:
    """Tell every call that is due; returns how many were told or given up."""
    waiting = Call.objects.filter(outcome=Call.Outcome.WAITING, next_try__lte=now)
    due = waiting.select_related("alert").order_by("next_try", "id")[:BATCH]
    return sum(_tell(call, now, send) for call in due)


def _tell(call: Call, now: datetime, send: Send | None) -> bool:
    """Claim, send, record. Sending happens outside any transaction: it may take seconds."""
    if not _claim(call, now):
        return False
    sent = send is None or send(*message(call))
    return _record(call, now, sent=sent, channel="page" if send is None else "page+notify")


def _claim(call: Call, now: datetime) -> bool:
    """Take the call for this process and show it on the team's pages. False: another has it."""
    with transaction.atomic():
        mine = Call.objects.filter(
            id=call.id, outcome=Call.Outcome.WAITING, attempts=call.attempts
        ).update(attempts=call.attempts + 1, next_try=now + LEASE, shown=call.shown or now)
        if mine:
            call.refresh_from_db()
            tell_call(call)
    return bool(mine)


def _record(call: Call, now: datetime, *, sent: bool, channel: str) -> bool:
    """Write down how it went; another attempt waits unless it was the last. True: it is settled."""
    if sent:
        after = {"outcome": Call.Outcome.TOLD, "told": now, "channel": channel}
    elif call.attempts <= len(BACKOFF):
        after = {"next_try": now + BACKOFF[call.attempts - 1]}
    else:
        after = {"outcome": Call.Outcome.FAILED, "channel": channel}
        log.error("call.not_reached", call=call.pk, attempts=call.attempts)
    with transaction.atomic():
        mine = Call.objects.filter(
            id=call.id, outcome=Call.Outcome.WAITING, attempts=call.attempts
        ).update(**after)
        if mine and "outcome" in after:
            call.refresh_from_db()
            tell_call(call)
    return bool(mine) and "outcome" in after


def message(call: Call) -> tuple[str, str]:
    """Title and text of a call, in the language of the house."""
    alert, to = call.alert, staff.team(call.team) or staff.member(call.person)
    with translation.override(settings.LANGUAGE_CODE):
        where = places.label(alert.place or alert.site)
        title = f"{MARKS[alert.worst]} {alert.get_worst_display()} · {alert.zh} · {where}"
        told_to = _("For: %(team)s") % {"team": to.name if to else call.team}
        lines = [alert.sentence_zh, told_to, _("Please answer on your page, then go.")]
        if call.attempts > 1:
            lines.append(_("(This message may be a repeat.)"))
    return title, "\n".join(lines)
