"""What helpers are told of a resident, in words. A tag that stands nowhere here shows as it is."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

TAGS = {
    "elder_alone": _("Elder living alone"),
    "walks_badly": _("Walks badly"),
    "elder": _("Elder"),
    "child": _("Child"),
    "tenant": _("Tenant"),
    "volunteer": _("Volunteer"),
}
"""In the order of what matters at the door."""


def in_words(tags: tuple[str, ...]) -> list[str]:
    """The tags as people say them, what matters first; not "elder" beside "elder living alone"."""
    said = [str(word) for tag, word in TAGS.items() if tag in tags and not _said(tag, tags)]
    return said + [tag for tag in tags if tag not in TAGS]


def _said(tag: str, tags: tuple[str, ...]) -> bool:
    return tag == "elder" and "elder_alone" in tags
