"""History taken out of the house as a file: for a reason, and recorded before anything is read.

The file is made whole on the disk of history, without a name there, and then handed out piece by
piece: a damaged part is said before the first byte, and the memory needed does not grow with it.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.http import StreamingHttpResponse

from xiuhua.city.access import User, require
from xiuhua.city.devices import looking
from xiuhua.city.devices import queries as devices
from xiuhua.city.manifest import history
from xiuhua.city.people.queries import note_look
from xiuhua.epoch import moment
from xiuhua.history.layout import Home
from xiuhua.kinds import all_kinds

from .models import LONGEST, Export

if TYPE_CHECKING:
    from xiuhua.history.export import Form

LONGEST_SPAN = 92 * 86_400_000
"""Longest time of one export, ms: a quarter."""

MOST_ROWS = 5_000_000
"""Most readings of one export."""

_ENDS = {
    "csv": ("csv.gz", "application/gzip"),
    "ndjson": ("ndjson.gz", "application/gzip"),
    "parquet": ("parquet", "application/vnd.apache.parquet"),
}
_PIECE = 1 << 16


class Refused(ValueError):
    """What was asked cannot be: `both`, `device`, `kind`, `span` or `reason`."""


def export(
    *,
    user: User,
    form: Form,
    since: int,
    until: int,
    why: str,
    now: int,
    device: str = "",
    kind: str = "",
    site: str = "",
) -> tuple[Export, IO[bytes]]:
    """The readings of a device, or of a kind (at a site), by event time in ms, as a file.

    Raises PermissionDenied, Refused, TooManyRows of history, and PartMissing or PartDamaged. The
    record stays in every case but the first two.
    """
    from xiuhua.history.export import export as write  # Parquet's libraries

    require(user, "device.look" if device else "history.export")
    if device and (kind or site):
        raise Refused("both")
    found = devices.one(device) if device else None
    if device and found is None:
        raise Refused("device")
    if found:
        kind, site = found.kind, found.site
    if kind not in {one.code for one in all_kinds()}:
        raise Refused("kind")
    if not since < until <= since + LONGEST_SPAN:
        raise Refused("span")
    why = why.strip()[:LONGEST]
    if not why:
        raise Refused("reason")
    at = moment(now)
    looker = cast("AbstractUser", user)
    with transaction.atomic():
        row = Export.objects.create(
            kind=kind, site=site, device=device, form=form, since=since, until=until, why=why,
            by=looker.get_username(), at=now,
        )  # fmt: skip
        if found:
            what = f"export {row.pk} {since}-{until}"
            looking.note(found, what, looker=looker, why=why, now=at)
        else:  # homes are among them
            what = f"export {row.pk} of {kind} {site or 'everywhere'} {since}-{until}"
            note_look(looker=looker, what=what, why=why, now=at)
    root = Path(settings.HISTORY_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    file = tempfile.TemporaryFile(dir=root)  # noqa: SIM115  # handed out, closed by its taker
    try:
        row.rows = write(
            history(lambda _: Home(kind, site)), file, kind=kind, form=form, number=row.pk,
            since=since, until=until, site=site, devices=[device] if device else [],
            most=MOST_ROWS,
        )  # fmt: skip
    except BaseException:
        file.close()
        raise
    row.save(update_fields=["rows"])
    return row, file


def answer(row: Export, file: IO[bytes]) -> StreamingHttpResponse:
    """The file to a browser or a program; it is closed at its end, or when they go."""
    end, media = _ENDS[row.form]
    name = f"xiuhua-export-{row.pk}.{end}"
    size = file.seek(0, 2)
    file.seek(0)
    response = StreamingHttpResponse(
        _pieces(file),
        content_type=media,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(size),
            "Cache-Control": "no-store",
            "X-Export": str(row.pk),
            "X-Rows": str(row.rows),
        },
    )
    response._resource_closers.append(file.close)  # type: ignore[attr-defined]  # noqa: SLF001
    return response


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await sync_to_async(file.read)(_PIECE):
        yield piece
