"""Exports of history at /api/archive/."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema
from ninja.errors import HttpError

from xiuhua.city.access import asks
from xiuhua.epoch import now_ms
from xiuhua.history.errors import PartDamaged, PartMissing

from . import exporting
from .export_pages import REFUSED, too_many
from .models import LONGEST

router = Router(tags=["archive"])


class ExportIn(Schema):
    since: int = Field(alias="from", ge=0, le=4_102_444_800_000)
    until: int = Field(alias="to", ge=0, le=4_102_444_800_000)
    form: Literal["csv", "ndjson", "parquet"] = "csv"
    reason: str = Field(max_length=LONGEST)


class KindExportIn(ExportIn):
    site: str = Field("", max_length=32)


@router.post("/devices/{device}/export")
@asks("device.look")
def device(request: HttpRequest, device: str, asked: ExportIn) -> StreamingHttpResponse:
    """What a device said between two moments (event time, ms; at most 92 days and five million
    readings) as gzip CSV, gzip NDJSON or Parquet. It is recorded with the reason; the record's
    number is X-Export and the column `export` of every row. 422 where it cannot be."""
    return _export(request, asked, device=device)


@router.post("/kinds/{kind}/export")
@asks("history.export")
def kind(request: HttpRequest, kind: str, asked: KindExportIn) -> StreamingHttpResponse:
    """The same for all devices of a kind, or those at a site; homes are among them, so it always
    counts as a look."""
    return _export(request, asked, kind=kind, site=asked.site)


def _export(
    request: HttpRequest, asked: ExportIn, *, device: str = "", kind: str = "", site: str = ""
) -> StreamingHttpResponse:
    from xiuhua.history.export import TooManyRows

    try:
        made = exporting.export(
            user=request.user, form=asked.form, since=asked.since, until=asked.until,
            why=asked.reason, now=now_ms(), device=device, kind=kind, site=site,
        )  # fmt: skip
    except exporting.Refused as error:
        what = error.args[0]
        status = 404 if what in {"device", "kind"} else 422
        raise HttpError(status, str(REFUSED[what])) from error
    except TooManyRows as error:
        raise HttpError(422, too_many(error.rows)) from error
    except (PartMissing, PartDamaged) as error:
        raise HttpError(503, _("The past readings could not be read.")) from error
    return exporting.answer(*made)
