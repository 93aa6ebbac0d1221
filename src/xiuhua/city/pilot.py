"""Loading a neighbourhood's folder into the rooms: `xiuhua load pilot`. Loading again is the same.

Nothing goes round the rooms: each is asked by its own commands, and what the road must know leaves
through the outbox like any other change.
"""

from __future__ import annotations

import csv
import os
import secrets
import string
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from xiuhua.engine.rules import default_rules, parse
from xiuhua.gateway.credentials import new_secret
from xiuhua.neighbourhood import Account, Neighbourhood, load
from xiuhua.tokens import master_key, plate_token, site_key

from .almanac import commands as almanac
from .cases import commands as cases
from .devices import commands as devices
from .devices import credentials
from .devices.queries import VEHICLES
from .dispatch import commands as dispatch
from .people import commands as people
from .places import commands as places
from .rules import commands as rules
from .staff import commands as staff

_PLAIN = "".join(sorted(set(string.ascii_lowercase + string.digits) - set("il1o0")))
"""Letters that nobody misreads from a screen."""


class Login(msgspec.Struct, frozen=True):
    """A demo account and its password, the same for all accounts of one demo."""

    username: str
    password: str
    role: str
    zh: str
    en: str


class Loaded(msgspec.Struct, frozen=True):
    """What was loaded. `logins` is empty outside a demo, where nobody has a password yet."""

    places: int
    devices: int
    residents: int
    rules: int
    logins: list[Login]


def load_pilot(folder: Path, *, now: datetime, demo: bool = False) -> Loaded:
    """Bring the folder into the rooms, all of it or nothing.

    In a demo, accounts get a password and devices secrets made here, which stand in
    HOME/demo/logins.csv and credentials.csv, readable by their owner alone; known ones stay as they
    are. Raises `neighbourhood.PilotError` and `engine.errors.RuleError`.
    """
    hood = load(folder)
    logins = _logins(hood.accounts) if demo else []
    with transaction.atomic():
        _load_staff(hood, make_password(logins[0].password) if logins else None)
        people_count = people.put(residents=_residents(hood))
        places_count = places.put(places=_places(hood))
        places.put_drawing(body=msgspec.json.encode(hood.map).decode())
        cases.put_classes(classes=hood.classes)
        cases.put_standards()
        dispatch.put_usual_asks(now=now)
        _load_devices(hood, demo=demo)
        almanac.put_days(days=_days(hood))
        new_rules = rules.install(rules=_rules(hood), now=now)
    return Loaded(places_count, len(hood.devices), people_count, new_rules, logins)


def _places(hood: Neighbourhood) -> Iterable[places.NewPlace]:
    for place in hood.places:
        facts = msgspec.structs.asdict(place)
        parent, tags = place.parent or None, list(place.tags)
        yield places.NewPlace(**facts | {"parent": parent, "tags": tags})


def _days(hood: Neighbourhood) -> Iterable[almanac.NewDay]:
    for holiday in hood.holidays:
        for works, dates in ((False, holiday.off), (True, holiday.worked)):
            for date in dates:
                yield almanac.NewDay(date=date, works=works, zh=holiday.zh, en=holiday.en)


def _load_staff(hood: Neighbourhood, hashed_password: str | None) -> None:
    for team in hood.teams:
        staff.put_team(
            code=team.code,
            kind=team.kind,
            zh=team.zh,
            en=team.en,
            sites=list(team.sites),
            phone=team.phone,
        )
    for account in hood.accounts:
        new = staff.put_member(
            username=account.username,
            role=account.role,
            zh=account.zh,
            en=account.en,
            team=account.team or None,
            phone=account.phone,
            hashed_password=hashed_password,
            demo=hashed_password is not None,
        )
        if new:
            staff.set_skills(account.username, account.skills)


def _residents(hood: Neighbourhood) -> Iterable[people.NewResident]:
    token = _Plates()
    for one in hood.residents:
        site = hood.place(one.flat).site
        yield people.NewResident(
            id=one.id,
            flat=one.flat,
            name=one.zh,
            phone=one.phone,
            birth_year=one.birth_year,
            sex=one.sex,
            tags=one.tags,
            cards=one.cards,
            faces=one.faces,
            plates=tuple(token(site, plate) for plate in one.plates),
        )


def _load_devices(hood: Neighbourhood, *, demo: bool) -> None:
    for box in hood.gateways:
        devices.put_gateway(id=box.id, site=box.site, zh=box.zh, en=box.en)
    devices.put_devices(
        devices=(
            devices.NewDevice(**msgspec.structs.asdict(one) | {"under": one.under or None})
            for one in hood.devices
        )
    )
    token = _Plates()
    for name, members in hood.lists.items():
        site = name.removeprefix(VEHICLES)
        tokens = (token(site, plate) for plate in members) if site != name else members
        devices.set_list(name=name, add=tokens)
    if demo:
        ids = [*(box.id for box in hood.gateways), *(one.id for one in hood.devices)]
        credentials.set_secrets(secrets=_credentials(ids))


def _rules(hood: Neighbourhood) -> Iterable[rules.TypedRule]:
    yield from default_rules()
    for text in hood.rules.values():
        yield from parse(text)


class _Plates:
    """Plates as tokens under their site's key."""

    def __init__(self) -> None:
        self._master = master_key(settings.HOME)

    def __call__(self, site: str, plate: str) -> str:
        return plate_token(site_key(self._master, site), plate)


def _logins(accounts: Iterable[Account]) -> list[Login]:
    path = settings.HOME / "demo" / "logins.csv"
    password = next((row["password"] for row in _read(path)), None) or _password()
    logins = [Login(one.username, password, one.role, one.zh, one.en) for one in accounts]
    _write(path, Login.__struct_fields__, map(msgspec.structs.astuple, logins))
    return logins


def _credentials(ids: Iterable[str]) -> dict[str, str]:
    path = settings.HOME / "demo" / "credentials.csv"
    known = {row["id"]: row["secret"] for row in _read(path)}
    found = {id_: known.get(id_) or new_secret() for id_ in ids}
    _write(path, ("id", "secret"), found.items())
    return found


def _password() -> str:
    return "-".join("".join(secrets.choice(_PLAIN) for _ in range(4)) for _ in range(3))


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Written whole or not at all, for its owner's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        out = csv.writer(file)
        out.writerow(header)
        out.writerows(rows)
    fresh.replace(path)
