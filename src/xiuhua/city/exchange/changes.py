"""What partners learn of their orders: each step of a case once, in order, fetched or sent."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

import httpx
import msgspec
import structlog
from django.db import transaction
from django.db.models import F, Q

from xiuhua.city import sequence
from xiuhua.city.cases.intake import CaseStep, Step
from xiuhua.epoch import millis

from .models import Change, Order, Partner

SEQUENCE = "exchange"
SETTLED = timedelta(days=30)
"""Cases that ended longer ago are looked at no more, unless they are reopened."""

SHARED = frozenset(
    {Step.CONTACT, Step.ANSWER, Step.CALL_BACK, Step.HANDLE, Step.DECLINE, Step.VOID}
)
"""Steps whose note is meant for who sent the order; other notes stay in the house."""

AT_ONCE = 20
TIMEOUT_S = 5.0
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
GIVEN_UP_AFTER = 80
"""Tries: some three days. Then the change stands in the record, and can still be fetched."""

log = structlog.get_logger(__name__)


@transaction.atomic
def gather(now: datetime) -> int:
    """Make changes of the steps that orders' cases have taken since; returns how many. Steps of a
    case are numbered under its lock, so none is passed over."""
    lively = Q(case__ended=None) | Q(case__ended__gt=now - SETTLED)
    behind = Order.objects.filter(lively, case__steps__seq__gt=F("told")).values("id")
    locked = Order.objects.filter(id__in=behind).select_for_update(of=("self",)).order_by("id")
    return sum(_gather(order, now) for order in locked.select_related("partner", "case"))


def _gather(order: Order, now: datetime) -> int:
    case = order.case
    steps = list(case.steps.filter(seq__gt=order.told).order_by("seq"))
    if not steps:
        return 0
    due = now if order.partner.webhook else None
    numbers = sequence.take(SEQUENCE, len(steps))
    Change.objects.bulk_create(
        Change(
            seq=number, order=order, partner=order.partner, at=now, due=due,
            body=_body(number, order, case.number, step),
        )
        for number, step in zip(numbers, steps, strict=True)
    )  # fmt: skip
    order.told = steps[-1].seq
    if case.merged_into:
        order.case = case.merged_into
        order.told = case.merged_into.steps.filter(at__lte=steps[-1].at).count()
    order.save(update_fields=["told", "case"])
    return len(steps)


def _body(seq: int, order: Order, case: str, step: CaseStep) -> str:
    told: dict[str, object] = {
        "seq": seq, "order": order.number, "case": case, "step": step.step, "stage": step.to,
        "at": millis(step.at),
    }  # fmt: skip
    if step.step in SHARED and step.note:
        told["words"] = step.note
    if step.step == Step.CALL_BACK:
        told["satisfied"] = step.data.get("satisfied")
    return msgspec.json.encode(told).decode()


def after(partner: Partner, seq: int, *, limit: int, now: datetime) -> list[str]:
    """The partner's changes above `seq` as JSON, oldest first, gathered up to now."""
    gather(now)
    found = Change.objects.filter(partner=partner, seq__gt=seq)
    return list(found.values_list("body", flat=True)[:limit])


def deliver(now: datetime, client: httpx.Client | None = None) -> int:
    """Gather, then send what is due to partners' addresses, each partner's in order: after a
    failure the rest of it waits. Returns how many arrived. One process does this."""
    gather(now)
    with client or httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as sending:
        return sum(_deliver(partner, sending, now) for partner in _with_due(now))


def _with_due(now: datetime) -> Iterable[Partner]:
    waiting = Change.objects.filter(due__lte=now).values("partner")
    return Partner.objects.filter(code__in=waiting, active=True).exclude(webhook="")


def _deliver(partner: Partner, client: httpx.Client, now: datetime) -> int:
    arrived = 0
    for change in Change.objects.filter(partner=partner, due__isnull=False)[:AT_ONCE]:
        if change.due is None or change.due > now:
            break
        answer, well = _post(partner, change, client, now)
        change.tries += 1
        change.answer = answer
        if well:
            change.due, change.arrived = None, now
            arrived += 1
        else:
            change.due = now + wait(change.tries) if change.tries < GIVEN_UP_AFTER else None
            log.warning(
                "exchange.not_delivered", partner=partner.code, seq=change.seq,
                tries=change.tries, answer=answer,
            )  # fmt: skip
        change.save(update_fields=["tries", "answer", "due", "arrived"])
        if not well:
            break
    return arrived


def wait(tries: int) -> timedelta:
    """How long to wait after so many tries: twice as long each time, an hour at most."""
    return min(FIRST_WAIT * 2 ** min(tries - 1, 10), LONGEST_WAIT)


def _post(
    partner: Partner, change: Change, client: httpx.Client, now: datetime
) -> tuple[str, bool]:
    headers = {
        "Content-Type": "application/json",
        "X-Xiuhua-Delivery": str(change.seq),
        "X-Xiuhua-Signature": signature(partner.digest, change.body, millis(now) // 1000),
    }
    try:
        said = client.post(partner.webhook, content=change.body.encode(), headers=headers)
    except httpx.HTTPError as error:
        return type(error).__name__, False
    return str(said.status_code), said.is_success


def signature(key: str, body: str, at: int) -> str:
    """`t=…,v1=…`: HMAC-SHA256 over "t.body", `t` in epoch seconds; the key is the SHA-256 of the
    partner's secret as hexadecimal text."""
    told = f"{at}.{body}".encode()
    return f"t={at},v1={hmac.new(key.encode(), told, hashlib.sha256).hexdigest()}"
