"""What every page needs: its built scripts and styles, the reader's choices, the rooms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from xiuhua.city.access import User, may

register = template.Library()

CLOTHS = ("night", "paper")
TYPES = ("normal", "large")


@dataclass(frozen=True)
class Room:
    """An entry of the navigation: it shows to whoever may do `action`. `icon` is SVG path data."""

    address: str
    name: Any
    icon: str
    prefix: str
    action: str


ROOMS = (
    Room(
        "command:live",
        _("Live"),
        "M3 5l6-2 6 2 6-2v16l-6 2-6-2-6 2zM9 3v16M15 5v16",
        "/live",
        "live.view",
    ),
    Room(
        "command:desk",
        _("Alert desk"),
        "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
        "/desk/",
        "live.view",
    ),
    Room(
        "alerts:list",
        _("All alerts"),
        "M12 4l9 16H3zM12 10v4M12 17h.01",
        "/alerts/",
        "alert.look",
    ),
    Room(
        "cases:board",
        _("Cases"),
        "M8 4h8v3H8zM16 5h3v16H5V5h3M9 12h6M9 16h4",
        "/cases/",
        "case.look",
    ),
    Room(
        "cases:search",
        _("Search"),
        "M11 4a7 7 0 1 0 0 14a7 7 0 0 0 0-14zM16 16l5 5",
        "/cases/search/",
        "case.look",
    ),
    Room(
        "dispatch:desk",
        _("Dispatch"),
        "M4 6h10l3 4-3 4H4zM9 14v6M20 4v4M18 6h4",
        "/dispatch",
        "case.dispatch",
    ),
    Room(
        "dispatch:round",
        _("My round"),
        "M4 18h4M16 6h4M8 18h7a3 3 0 0 0 0-6H9a3 3 0 0 1 0-6h7",
        "/dispatch/round",
        "case.accept",
    ),
    Room(
        "evaluation:rates",
        _("Evaluation"),
        "M4 20V10M10 20V4M16 20v-7M20 20H3",
        "/evaluation/",
        "evaluation.look",
    ),
    Room(
        "devices:list",
        _("Devices"),
        "M5 12a7 7 0 0 1 14 0M8 12a4 4 0 0 1 8 0M12 12v9M12 12h.01",
        "/devices/",
        "device.look",
    ),
    Room(
        "rules:list",
        _("Rules"),
        "M4 6h10M18 6h2M4 12h2M10 12h10M4 18h8M16 18h4M14 4v4M6 10v4M12 16v4",
        "/rules/",
        "rules.look",
    ),
    Room(
        "staff:roster",
        _("Duty"),
        "M7 3v4M17 3v4M4 7h16v13H4zM4 11h16M9 15h2M13 15h2",
        "/staff/",
        "staff.look",
    ),
    Room(
        "alerts:channels",
        _("Channels"),
        "M4 9v6h4l6 5V4L8 9zM17 9a4 4 0 0 1 0 6M19 6a8 8 0 0 1 0 12",
        "/alerts/channels",
        "channels.set",
    ),
    Room(
        "exchange:partners",
        _("Exchange"),
        "M4 8h13l-3-3M20 16H7l3 3",
        "/exchange/",
        "channels.set",
    ),
    Room(
        "people:contacts",
        _("Households"),
        "M3 11l9-7 9 7M6 9v11h12V9M10 20v-6h4v6",
        "/people/contacts",
        "people.contact",
    ),
    Room(
        "people:looks",
        _("Looks"),
        "M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7zM12 9v6M9 12h6",
        "/people/looks",
        "looks.look",
    ),
    Room(
        "admin:index",
        _("Accounts"),
        "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0",
        "/admin/",
        "admin.enter",
    ),
    Room(
        "staff:grants",
        _("Roles granted"),
        "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM9 12l2 2 4-4",
        "/staff/grants/",
        "grants.look",
    ),
    Room(
        "road:health",
        _("Intake and log"),
        "M3 12h4l3-8 4 16 3-8h4",
        "/road/",
        "road.look",
    ),
    Room(
        "archive:keeping",
        _("Keeping times"),
        "M4 4h16v5H4zM6 9v11h12V9M10 13h4",
        "/archive/",
        "history.look",
    ),
)


def first_room(user: User) -> Room | None:
    """The first room that this person may enter, None where there is none."""
    return next((room for room in ROOMS if may(user, room.action)), None)


@cache
def _manifest(path: Path, changed: float) -> dict[str, Any]:  # noqa: ARG001 (a new build is a new key)
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def manifest() -> dict[str, Any]:
    """Vite's list of what it built, by source; empty before the first build."""
    path = settings.WEB_DIST / ".vite" / "manifest.json"
    return _manifest(path, path.stat().st_mtime) if path.is_file() else {}


def _styles(built: dict[str, Any], entry: str, seen: set[str]) -> list[str]:
    """Style sheets of an entry and of all that it imports at once, each once, in order."""
    if entry in seen:
        return []
    seen.add(entry)
    chunk = built[entry]
    imported = [css for name in chunk.get("imports", ()) for css in _styles(built, name, seen)]
    return list(dict.fromkeys([*imported, *chunk.get("css", ())]))


@register.simple_tag
def island(name: str) -> SafeString:
    """Script and styles of the island `web/src/<name>/<name>.ts`; nothing if not yet built."""
    built, entry = manifest(), f"src/{name}/{name}.ts"
    if entry not in built:
        return SafeString("")
    sheets = format_html_join(
        "",
        '<link rel="stylesheet" href="{}">',
        ((static(css),) for css in _styles(built, entry, set())),
    )
    script = format_html('<script type="module" src="{}"></script>', static(built[entry]["file"]))
    return SafeString(sheets + script)


def _choice(context: template.Context, name: str, allowed: tuple[str, ...], default: str) -> str:
    request = context.get("request")
    chosen = request.COOKIES.get(name) if request is not None else None
    return chosen if chosen in allowed else default


@register.simple_tag(takes_context=True)
def cloth(context: template.Context) -> str:
    """Night or paper: what this person chose, else the page's own `default_cloth`, else night."""
    return _choice(context, "cloth", CLOTHS, context.get("default_cloth") or CLOTHS[0])


@register.simple_tag(takes_context=True)
def type_size(context: template.Context) -> str:
    """Normal or large type: what this person chose, else the page's own `default_type`."""
    return _choice(context, "type", TYPES, context.get("default_type") or TYPES[0])


@register.simple_tag(takes_context=True)
def rooms(context: template.Context) -> list[dict[str, Any]]:
    """The rooms that the reader may enter, for the navigation, with the one they are in marked."""
    request = context.get("request")
    if request is None:
        return []
    path = request.path
    inside = [room for room in ROOMS if path.startswith(room.prefix)]
    here = max(inside, key=lambda room: len(room.prefix), default=None)
    return [
        {
            "url": url,
            "name": room.name,
            "icon": room.icon,
            "here": path == url or room is here,
        }
        for room in ROOMS
        if may(request.user, room.action) and (url := reverse(room.address))
    ]
