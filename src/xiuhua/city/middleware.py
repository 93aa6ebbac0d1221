"""Headers that keep pages safe, and sessions that end after a time without a click."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from .problems import problem

Handler = Callable[[HttpRequest], HttpResponseBase]

_NUL_IN_JSON = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000|\x00")

ROLL_EVERY = 60
"""Seconds between two extensions of a session: polling pages do not write each time."""


def _policy(tile_url: str) -> str:
    tiles = f" {urlsplit(tile_url).scheme}://{urlsplit(tile_url).netloc}" if tile_url else ""
    return "; ".join(
        [
            "default-src 'self'",
            f"img-src 'self' data: blob:{tiles}",
            f"connect-src 'self'{tiles}",
            "worker-src 'self' blob:",
            "style-src 'self'",
            "style-src-attr 'unsafe-inline'",  # ECharts draws its tooltips so
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


class SecureHeaders:
    """Sends the content security policy, and forbids storing of what a person was shown."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.policy = _policy(settings.TILE_URL)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(self), geolocation=(self), microphone=()"
        )
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise, but a file leaves in one piece: Django would warn of every plain iterator that an
    asynchronous server streams, and our files are small."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """The file, or that it has not changed."""
        answer = static_file.get_response(request.method, request.META)
        with answer.file or BytesIO() as file:
            content = file.read()
        return HttpResponse(content, status=answer.status, headers=dict(answer.headers))


class ChosenLanguage:
    """Chinese, unless the reader chose another language: a browser's own wish does not count, since
    command rooms run on browsers that nobody has set up."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.known = {code for code, _ in settings.LANGUAGES}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in self.known else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class NoNul:
    """Refuses a request with a NUL in its address or its words: PostgreSQL has no text with one,
    and nobody types one. Files may hold what they like."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponseBase | None:
        """Before anything reads it; None lets it through."""
        if not _has_nul(request):
            return None
        if request.path.startswith("/api/"):
            return problem(400, "nul", _("A text holds a NUL character; nothing was changed."))
        raise BadRequest("A text of the request holds a NUL character.")


def _has_nul(request: HttpRequest) -> bool:
    if "\0" in request.path or any("\0" in text for text in _texts(request.GET)):
        return True
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return any("\0" in text for text in _texts(request.POST))
    return _NUL_IN_JSON.search(request.body) is not None


def _texts(sent: QueryDict) -> Iterator[str]:
    for name, values in sent.lists():
        yield name
        yield from map(str, values)


def is_click(request: HttpRequest) -> bool:
    """Whether a person asked, and not a page that looks by itself whether there is news."""
    by_itself = "HX-Request" in request.headers or request.path.startswith(("/api/", "/live/"))
    return request.method != "GET" or not by_itself


class RollingSession:
    """A session lasts SESSION_COOKIE_AGE from the last click, not from the login: a page that is
    left open does not keep it alive."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if user is not None and is_click(request) and user.is_authenticated:
            now = int(time.time())
            if now - request.session.get("rolled", 0) >= ROLL_EVERY:
                request.session["rolled"] = now
        return response
