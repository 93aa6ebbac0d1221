"""Many devices and gateways into the ledger at once, from a CSV: all of its lines, or none."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from xiuhua.city import sheets
from xiuhua.city.places import queries as places
from xiuhua.gateway.credentials import new_secret
from xiuhua.kinds import all_kinds

from . import commands, credentials
from .commands import NewDevice
from .models import Device, Gateway, LedgerStep

GATEWAY = "gateway"
"""In the place of a kind: this line is a gateway."""

NEEDED = ("id", "kind", "zh", "en")
COLUMNS = (*NEEDED, "place", "site", "lon", "lat", "under", "tags", "params")
LINES_MOST = 5_000
BYTES_MOST = 4 << 20
ERRORS_MOST = 50
"""Errors that are told at once."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_TEXT_MOST = {"zh": 100, "en": 200}


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a line of the file, from 1; `said` is a sentence for people."""

    line: int
    said: str

    def __str__(self) -> str:
        return _("Line %(line)d: %(said)s") % {"line": self.line, "said": self.said}


class CannotEnrol(Exception):
    """Nothing was changed; `wrong` says why, line by line."""

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__("\n".join(map(str, wrong)))
        self.wrong = wrong


class _Bad(Exception):
    """One line cannot be; the message says why."""


@dataclass(frozen=True)
class _Box:
    id: str
    site: str
    zh: str
    en: str


def enrol(content: bytes, *, by: str, now: int) -> dict[str, str]:
    """Put every device and gateway of the CSV into the ledger and give each a secret. `by` is an
    account, `now` ms. Returns the secrets by id, the only time they are seen; raises CannotEnrol
    with all that is wrong, and then nothing has changed."""
    rows = _rows(content)
    found = _Reader(rows).read()  # takes a while: nobody waits for the database meanwhile
    with transaction.atomic():
        _check_free(rows)
        for box in found:
            if isinstance(box, _Box):
                commands.put_gateway(id=box.id, site=box.site, zh=box.zh, en=box.en)
        commands.put_devices(devices=[one for one in found if isinstance(one, NewDevice)])
        secrets = {one.id: new_secret() for one in found}
        commands.note_steps(list(secrets), LedgerStep.What.REGISTERED, by, now)
        credentials.set_secrets(secrets=secrets, by=by, now=now)
    return secrets


def _check_free(rows: list[tuple[int, dict[str, str]]]) -> None:
    """Raise CannotEnrol if somebody has taken an id since."""
    taken = _taken()
    said = _("“%(id)s” stands in the ledger already.")
    wrong = [Wrong(line, said % {"id": row["id"]}) for line, row in rows if row["id"] in taken]
    if wrong:
        raise CannotEnrol(wrong)


def _taken() -> set[str]:
    return {
        id_ for model in (Device, Gateway) for id_ in model.objects.values_list("id", flat=True)
    }


def as_csv(secrets: Mapping[str, str]) -> str:
    """The file that is handed out once: `id,secret`, in the order of the file that was brought."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("id", "secret"))
    writer.writerows(secrets.items())
    return out.getvalue()


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """The lines by their numbers; raises CannotEnrol for what is no CSV of ours."""
    try:
        lines = sheets.lines(sheets.text(content, BYTES_MOST), LINES_MOST)
        _line, header = next(lines, (1, []))
        _check_header(header)
        rows = [(number, _as_row(header, cells, number)) for number, cells in lines]
    except sheets.BadSheet as bad:
        raise CannotEnrol([Wrong(bad.line, str(bad))]) from None
    if not rows:
        raise CannotEnrol([Wrong(1, _("The file holds no device."))])
    return rows


def _check_header(header: list[str]) -> None:
    missing = [name for name in NEEDED if name not in header]
    strange = [name for name in header if name not in COLUMNS or header.count(name) > 1]
    if missing or strange:
        said = _("The first line must name the columns %(needed)s, and may name %(others)s.")
        names = {"needed": ",".join(NEEDED), "others": ",".join(COLUMNS[len(NEEDED) :])}
        raise CannotEnrol([Wrong(1, said % names)])


def _as_row(header: list[str], line: list[str], number: int) -> dict[str, str]:
    if len(line) != len(header):
        said = _("%(found)d columns in the place of %(wanted)d.")
        facts = {"found": len(line), "wanted": len(header)}
        raise CannotEnrol([Wrong(number, said % facts)])
    return dict.fromkeys(COLUMNS, "") | dict(zip(header, line, strict=True))


class _Reader:
    """Rows against the ledger and the places as they stand."""

    def __init__(self, rows: list[tuple[int, dict[str, str]]]) -> None:
        self._rows = rows
        self._kinds = {kind.code for kind in all_kinds()}
        self._taken = _taken()
        self._spots = Spots()
        self._sites = {place.code for place in places.sites()} | {places.STREETS}
        boxes = Gateway.objects.filter(in_service=True).values_list("id", flat=True)
        self._boxes = set(boxes) | {row["id"] for _, row in rows if row["kind"] == GATEWAY}
        self._seen: set[str] = set()

    def read(self) -> list[_Box | NewDevice]:
        """All of them; raises CannotEnrol."""
        wrong: list[Wrong] = []
        found: list[_Box | NewDevice] = []
        for number, row in self._rows:
            try:
                found.append(self._one(row))
            except _Bad as bad:
                wrong.append(Wrong(number, str(bad)))
        if wrong:
            raise CannotEnrol(wrong[:ERRORS_MOST])
        return found

    def _one(self, row: Mapping[str, str]) -> _Box | NewDevice:
        self._check_id(row["id"])
        for name, most in _TEXT_MOST.items():
            if not 0 < len(row[name]) <= most:
                said = _("%(column)s must have 1 to %(most)d characters.")
                raise _Bad(said % {"column": name, "most": most})
        if row["kind"] == GATEWAY:
            return _Box(row["id"], self._site(row["site"]), row["zh"], row["en"])
        if row["kind"] not in self._kinds:
            said = _("“%(kind)s” is no kind; there are %(kinds)s.")
            kinds = ", ".join([*sorted(self._kinds), GATEWAY])
            raise _Bad(said % {"kind": row["kind"], "kinds": kinds})
        if row["under"] and row["under"] not in self._boxes:
            raise _Bad(_("“%(under)s” is no gateway in service.") % {"under": row["under"]})
        return self._device(row)

    def _check_id(self, id_: str) -> None:
        if not _ID.fullmatch(id_):
            said = _("“%(id)s” cannot be an id: letters, digits and - _ . only, 64 at most.")
            raise _Bad(said % {"id": id_[:64]})
        if id_ in self._taken:
            raise _Bad(_("“%(id)s” stands in the ledger already.") % {"id": id_})
        if id_ in self._seen:
            raise _Bad(_("“%(id)s” stands twice in this file.") % {"id": id_})
        self._seen.add(id_)

    def _site(self, site: str) -> str:
        if site not in self._sites:
            raise _Bad(_("“%(site)s” is no site.") % {"site": site})
        return site

    def _device(self, row: Mapping[str, str]) -> NewDevice:
        spot = self._spots.of(row["place"])
        if spot is None:
            raise _Bad(_("“%(place)s” is no place.") % {"place": row["place"]})
        return NewDevice(
            id=row["id"],
            kind=row["kind"],
            site=self._site(row["site"] or spot.site),
            place=row["place"],
            building=spot.building,
            flat=spot.flat,
            lon=_degrees(row["lon"], spot.lon, 180),
            lat=_degrees(row["lat"], spot.lat, 90),
            under=row["under"] or None,
            tags=tuple(row["tags"].split()),
            params=_params(row["params"]),
            zh=row["zh"],
            en=row["en"],
        )


@dataclass(frozen=True)
class Spot:
    """Where a place lies, as the ledger says it of a device."""

    site: str
    building: str
    flat: str
    lon: float | None
    lat: float | None


class Spots:
    """Places as they stood when each was first asked for."""

    def __init__(self) -> None:
        self._place = cache(places.place)

    def of(self, code: str) -> Spot | None:
        """Where the place of that code lies, or None."""
        place = self._place(code)
        if place is None:
            return None
        above = map(self._place, place.path.rstrip("/").split("/"))
        chain = {str(one.kind): one.code for one in above if one is not None}
        return Spot(
            site=place.site,
            building=chain.get("building", ""),
            flat=chain.get("flat", ""),
            lon=place.lon,
            lat=place.lat,
        )


def _degrees(text: str, otherwise: float | None, most: int) -> float:
    try:
        degrees = float(text) if text else otherwise
    except ValueError:
        degrees = None
    if degrees is None or not math.isfinite(degrees) or abs(degrees) > most:
        raise _Bad(_("lon and lat must be degrees of WGS-84; the place has none of its own."))
    return degrees


def _params(text: str) -> dict[str, float]:
    """`{"limit": 0.08}`, or nothing."""
    try:
        return msgspec.json.decode(text or "{}", type=dict[str, float])
    except (msgspec.DecodeError, RecursionError):
        raise _Bad(_("params must be a JSON object of numbers.")) from None
