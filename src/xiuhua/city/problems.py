"""What the typed interface says when it refuses (RFC 9457), in both languages."""

from __future__ import annotations

import msgspec
from django.http import HttpResponse
from django.utils import translation
from ninja import Schema


class Problem(Schema):
    """Why a request was refused: `code` for programs, `detail` for the reader."""

    type: str
    status: int
    code: str
    detail: str
    zh: str
    en: str


def problem(status: int, code: str, words: object) -> HttpResponse:
    """The refusal as a response. As text, `words` are the sentence in the language of the moment:
    a lazy translation, or an error that writes its own."""
    body = {
        "type": f"about:blank#{code}",
        "status": status,
        "code": code,
        "detail": str(words),
        "zh": _said(words, "zh-hans"),
        "en": _said(words, "en"),
    }
    return HttpResponse(
        msgspec.json.encode(body), status=status, content_type="application/problem+json"
    )


def _said(words: object, language: str) -> str:
    with translation.override(language):
        return str(words)
