"""Writes of what devices and gateways log in with. A secret is shown once; only its hash is kept.
Every change reaches the doors with the ledger's next version, within about half a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from xiuhua.epoch import now_ms
from xiuhua.gateway.credentials import hashed, matches, new_secret
from xiuhua.gateway.ports import Use

from .commands import CHUNK, note_steps, speakers_changed
from .models import Credential, Device, Gateway, LedgerStep

GRACE = 7 * 86_400_000
"""How long the secret before goes on beside a new one that nobody uses, ms: a week."""


class NotInService(Exception):
    """No device or gateway of that id is in service."""


@transaction.atomic
def set_secrets(*, secrets: Mapping[str, str], by: str = "", now: int = 0) -> None:
    """Give devices and gateways these secrets; those before end at once. Foreign ids, and
    those that have the secret already, are passed over. `by` is an account, `now` is ms."""
    at = now or now_ms()
    held = Credential.objects.in_bulk()
    known = [
        holder
        for holder in sorted(_in_service(list(secrets)))
        if holder not in held or not matches(secrets[holder], held[holder].secret)
    ]
    if not known:
        return
    Credential.objects.bulk_create(
        (Credential(holder=id_, secret=hashed(secrets[id_]), issued=at) for id_ in known),
        update_conflicts=True,
        unique_fields=["holder"],
        update_fields=["secret", "issued", "used", "before", "before_until"],
        batch_size=CHUNK,
    )
    note_steps(known, LedgerStep.What.ISSUED, by, at)
    speakers_changed()


def issue(*, id: str, by: str = "", now: int = 0) -> str:  # noqa: A002
    """Give a device or gateway a fresh secret and return it, the only time that it is seen; the one
    before ends at once. Raises NotInService."""
    if not _in_service([id]):
        raise NotInService(id)
    secret = new_secret()
    set_secrets(secrets={id: secret}, by=by, now=now)
    return secret


@transaction.atomic
def rotate(*, id: str, by: str, now: int) -> str:  # noqa: A002
    """Give it a fresh secret; the one before goes on until the new one is first used, a week at
    most. Rotated again before that: the one in use goes on, the unused one ends. `now` is ms.
    Returns the secret. Raises NotInService."""
    row = Credential.objects.select_for_update().filter(holder=id).first()
    if row is None or not row.secret:
        return issue(id=id, by=by, now=now)
    if not _in_service([id]):
        raise NotInService(id)
    unused = row.before and now < row.before_until
    secret = new_secret()
    row.before = row.before if unused else row.secret
    row.before_until, row.secret, row.issued = now + GRACE, hashed(secret), now
    row.save()
    note_steps([id], LedgerStep.What.ROTATED, by, now)
    speakers_changed()
    return secret


@transaction.atomic
def revoke(*, id: str, by: str, now: int) -> bool:  # noqa: A002
    """Withdraw its secrets: it is cut off within about a second. `now` is ms. Returns whether it
    had any."""
    gone, _ = Credential.objects.filter(holder=id).delete()
    if gone:
        note_steps([id], LedgerStep.What.REVOKED, by, now)
        speakers_changed()
    return bool(gone)


@transaction.atomic
def used(*, uses: Sequence[Use]) -> None:
    """Note log-ins. The first with a new secret ends the one before it."""
    taken_up = []
    rows = Credential.objects.select_for_update().in_bulk([use.id for use in uses])
    for use in sorted(uses, key=lambda use: (use.id, use.at)):
        row = rows.get(use.id)
        if row is None or use.secret not in {row.secret, row.before}:
            continue  # replaced or withdrawn since
        row.used = max(row.used, use.at)
        if row.before and use.secret == row.secret:
            row.before, row.before_until = "", 0
            taken_up.append(row.holder)
    fields = ["used", "before", "before_until"]
    Credential.objects.bulk_update(rows.values(), fields, batch_size=CHUNK)
    if taken_up:
        note_steps(taken_up, LedgerStep.What.TAKEN_UP, "", max(use.at for use in uses))
        speakers_changed()


def _in_service(ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        for model in (Device, Gateway):
            rows = model.objects.filter(id__in=some, in_service=True)
            found.update(rows.values_list("id", flat=True))
    return found
