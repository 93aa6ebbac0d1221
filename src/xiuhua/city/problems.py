"""What the typed interface says when it refuses (RFC 9457), in both languages."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from django.http import HttpResponse
from django.utils import translation
from django.utils.functional import Promise
from ninja import Schema

Words = Promise | Callable[[], str]
"""A sentence that is made anew for each language."""


class Problem(Schema):
    """Why a request was refused: `code` for programs, `detail` for the reader."""

    type: str
    status: int
    code: str
    detail: str
    zh: str
    en: str


def problem(status: int, code: str, words: Words) -> HttpResponse:
    """The refusal as a response."""
    body = {
        "type": f"about:blank#{code}",
        "status": status,
        "code": code,
        "detail": _said(words),
        "zh": _said(words, "zh-hans"),
        "en": _said(words, "en"),
    }
    return HttpResponse(
        msgspec.json.encode(body), status=status, content_type="application/problem+json"
    )


def _said(words: Words, language: str | None = None) -> str:
    with translation.override(language or translation.get_language()):
        return str(words() if callable(words) and not isinstance(words, Promise) else words)
