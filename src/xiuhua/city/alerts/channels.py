"""The ways out of the house: those of XIUHUA_NOTIFY, and those that an administrator has entered
for a team or a person. Apprise speaks to the services; a URL holds secrets, so it is kept sealed
and never shown, logged or told again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import apprise
import structlog
from django.conf import settings
from django.db import transaction

from xiuhua.city import crypto
from xiuhua.city.staff import queries as staff

from . import voice
from .models import Call, Channel

Send = Callable[[str, str], bool]
"""Sends a title and a text; whether the service took it."""

log = structlog.get_logger()
logging.getLogger("apprise").disabled = True  # it writes whole URLs, secrets included


@dataclass(frozen=True)
class Outlet:
    """A way out, ready to send. Without team and person it is for every call."""

    key: str
    title: str
    send: Send
    team: str = ""
    person: str = ""
    voice: bool = False

    def serves(self, call: Call, on_watch: Iterable[str]) -> bool:
        """Whether this call goes out here: to its team, its person, or whoever of its team has
        duty; by voice only where a life may be at risk."""
        if call.outside or (self.voice and not call.alert.life_safety):
            return False
        if self.team:
            return call.team == self.team
        if self.person:
            return call.person == self.person or self.person in on_watch
        return True


class Unreadable(ValueError):
    """The text is no URL that Apprise knows; nothing was kept. Its text is not repeated here."""


def house(urls: str) -> list[Outlet]:
    """The outlets of XIUHUA_NOTIFY: Apprise URLs by comma. One that can't be read stays among them
    and never gets through: nobody may believe that it does."""
    wanted = [url.strip() for url in urls.split(",") if url.strip()]
    return [_of_house(number, url) for number, url in enumerate(wanted, 1)]


def entered() -> list[Outlet]:
    """The outlets that were entered and are on. What sends is kept until its address changes."""
    return [
        Outlet(
            key=str(row.pk),
            title=row.title,
            send=_kept(row.pk, bytes(row.sealed)),
            team=row.team,
            person=row.person,
            voice=row.voice,
        )
        for row in Channel.objects.filter(on=True).exclude(service=voice.SERVICE)
    ]


def gateways() -> list[voice.Gateway]:
    """The voice gateways that were entered and are on, in the order in which they are asked: those
    that took the last order first."""
    rows = Channel.objects.filter(on=True, service=voice.SERVICE)
    ways = [(row.down is not None, row) for row in rows]
    return [
        voice.gateway(str(row.pk), bytes(row.sealed), _where(row.pk))
        for _, row in sorted(ways, key=lambda way: way[0])
    ]


def none_for_life() -> bool:
    """Whether a risk to life calls nobody but by the pages: no way out is entered and on."""
    return not settings.NOTIFIES and not Channel.objects.filter(on=True).exists()


def service(url: str) -> str:
    """The name of the service that a URL speaks to. Raises Unreadable."""
    name = service_or_none(url)
    if name is None:
        raise Unreadable
    return name


def service_or_none(url: str) -> str | None:
    """The name of the service that a URL speaks to, None where nobody here can read it."""
    if voice.is_gateway(url):
        return voice.SERVICE
    outlet = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    return str(outlet.service_name) if isinstance(outlet, apprise.NotifyBase) else None


@transaction.atomic
def enter(
    *, title: str, url: str, team: str, person: str, voice: bool, by: str, now: datetime
) -> Channel:
    """Enter a channel, its URL sealed. Raises Unreadable."""
    facts = {"title": title, "team": team, "person": person, "voice": voice, "by": by, "at": now}
    row = Channel.objects.create(service=service(url), sealed=b"", **facts)
    row.sealed = crypto.seal(url, _where(row.pk))
    row.save(update_fields=["sealed"])
    return row


def switch(channel_id: int, *, on: bool) -> bool:
    """Put a channel on or off; returns whether it is known."""
    return bool(Channel.objects.filter(pk=channel_id).update(on=on))


def note(outlet: Outlet, *, through: bool, now: datetime) -> None:
    """Note whether the last message got through there."""
    note_key(outlet.key, through=through, now=now)


def note_key(key: str, *, through: bool, now: datetime) -> None:
    """The same by the channel's id; an outlet of XIUHUA_NOTIFY has none."""
    if not key.isdecimal():
        return
    row = Channel.objects.filter(pk=key)
    if through:
        row.update(through=now, down=None)
    else:
        row.filter(down=None).update(down=now)


def on_watch(calls: Iterable[Call], now: datetime) -> dict[str, set[str]]:
    """By team that is called, the accounts of those who have duty now."""
    teams = {call.team for call in calls if call.team}
    return {code: {one.user.username for one in staff.on_watch(code, now)} for code in teams}


def _of_house(number: int, url: str) -> Outlet:
    title = service_or_none(url)
    if title is None:  # the URL holds a secret: name its place, not its text
        log.error("notify.unreadable_url", number=number, hint="see XIUHUA_NOTIFY")
        return Outlet(key=f"house-{number}", title=f"XIUHUA_NOTIFY {number}", send=_never)
    return Outlet(key=f"house-{number}", title=title, send=_sending(url))


@lru_cache(maxsize=256)
def _kept(row: int, sealed: bytes) -> Send:
    """Apprise reads an address once: a call that is due every half second must not pay for that."""
    return _sending(crypto.unseal(sealed, _where(row)))


def _sending(url: str) -> Send:
    outlet = apprise.Apprise()
    outlet.add(url)
    return lambda title, body: bool(outlet.notify(title=title, body=body))


def _never(title: str, body: str) -> bool:  # noqa: ARG001
    return False


def _where(row: int) -> str:
    return f"alerts_channel/{row}/sealed"
