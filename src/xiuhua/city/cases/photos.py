"""Photos as proof: what comes from a phone is decoded, turned upright, made smaller and written
anew, so that nothing but the picture is kept: no place, no camera, no hidden payload."""

from __future__ import annotations

import io
import secrets
import struct
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 12 << 20
MOST_PIXELS = 60_000_000
MOST_PHOTOS = 6
LONGEST_SIDE = 2048
FORMATS = ("JPEG", "PNG", "WEBP")


class BadPhoto(Exception):
    """The file can't be taken as a photo. As text: why, and what to do."""

    def __init__(self, words: Promise) -> None:
        super().__init__(words)


def read(files: Sequence[UploadedFile]) -> list[bytes]:
    """What was uploaded. Of too many, or of one too large, only so much as shows that it is."""
    return [file.read(MOST_BYTES + 1) for file in files[: MOST_PHOTOS + 1]]


def clean(raw: bytes) -> bytes:
    """The picture as a fresh JPEG, upright, its longer side at most `LONGEST_SIDE` pixels and free
    of metadata. Raises `BadPhoto`."""
    if not raw:
        raise BadPhoto(_("The file is empty. Please take the photo again."))
    if len(raw) > MOST_BYTES:
        raise BadPhoto(_("The file is larger than 12 MB. Please send a smaller photo."))
    upright = _decode(raw)
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _decode(raw: bytes) -> Image.Image:
    try:
        return _upright(raw)
    except UnidentifiedImageError as bad:
        raise BadPhoto(
            _("We cannot read this as a photo. Please send a JPEG, PNG or WebP.")
        ) from bad
    except Image.DecompressionBombError as bad:
        raise BadPhoto(
            _("The photo has over 60 million pixels. Please send a smaller one.")
        ) from bad
    except (OSError, SyntaxError, ValueError, struct.error) as bad:  # the last of a cut-off EXIF
        raise BadPhoto(_("The photo is damaged or incomplete. Please send it again.")) from bad


def _upright(raw: bytes) -> Image.Image:
    with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:  # before a pixel is unpacked
            raise Image.DecompressionBombError
        plain = image if image.mode == "RGB" else image.convert("RGB")
        plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))  # first: the large one is in memory once
        return ImageOps.exif_transpose(plain)


def folder() -> Path:
    """Where photos lie: outside anything that a web server hands out."""
    return Path(settings.MEDIA_ROOT) / "cases"


def keep(jpeg: bytes) -> str:
    """Write a cleaned photo to disk under a name that nobody can guess, and return the name."""
    name = f"{secrets.token_hex(16)}.jpg"
    path = folder() / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(jpeg)
    return name


def path_of(name: str) -> Path:
    """Where the photo of that name lies."""
    return folder() / name[:2] / name


def drop(name: str) -> None:
    """Take a photo away whose step was refused after all."""
    path_of(name).unlink(missing_ok=True)
