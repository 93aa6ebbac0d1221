"""Photos: what a phone sends becomes a plain picture, or is refused in words that help."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.utils import translation
from PIL import Image

from xiuhua.city.cases import photos

BAD = Path(__file__).parent / "bad"
WORDS = {
    "empty.jpg": "空的",
    "cut-off.jpg": "损坏",
    "flipped-bit.png": "损坏",
    "text-called.jpg": "JPEG、PNG 或 WebP",
    "page.html": "JPEG、PNG 或 WebP",
    "drawing.svg": "JPEG、PNG 或 WebP",
    "animation.gif": "JPEG、PNG 或 WebP",
    "iphone.heic": "JPEG、PNG 或 WebP",
    "bomb.png": "6000 万像素",
    "too-many-pixels.png": "6000 万像素",
}


def picture(
    form: str = "JPEG", size: tuple[int, int] = (40, 20), exif: Image.Exif | None = None
) -> bytes:
    """A small picture, its left half red, as a file of that form."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, form, exif=exif or Image.Exif())
    return out.getvalue()


def test_the_museum_is_complete() -> None:
    assert {path.name for path in BAD.iterdir()} == set(WORDS)


@pytest.mark.parametrize("name", sorted(WORDS))
def test_bad_photos_are_refused_with_clear_words(name: str) -> None:
    with translation.override("zh-hans"), pytest.raises(photos.BadPhoto, match=WORDS[name]):
        photos.clean((BAD / name).read_bytes())


def test_too_large_a_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(photos.BadPhoto, match="12 MB"):
        photos.clean(picture() + bytes(photos.MOST_BYTES))


@pytest.mark.parametrize("form", photos.FORMATS)
def test_good_photos_become_plain_jpegs(form: str) -> None:
    with Image.open(io.BytesIO(photos.clean(picture(form)))) as cleaned:
        assert (cleaned.format, cleaned.size) == ("JPEG", (40, 20))


def test_place_and_camera_are_stripped_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x010F] = "SomeCamera"
    exif.get_ifd(0x8825)[2] = (31.0, 10.0, 12.0)  # latitude
    raw = picture(exif=exif)
    assert b"SomeCamera" in raw
    cleaned = photos.clean(raw)
    assert b"SomeCamera" not in cleaned
    with Image.open(io.BytesIO(cleaned)) as image:
        assert image.size == (20, 40)
        assert not dict(image.getexif())


@pytest.mark.parametrize(
    ("form", "mode"),
    [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("WEBP", "RGB"), ("JPEG", "L"), ("JPEG", "RGB")],
)
def test_whatever_its_colours_it_stands_upright_and_small(form: str, mode: str) -> None:
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6  # turned a quarter
    Image.new(mode, (3000, 20)).save(out, form, exif=exif)
    with Image.open(io.BytesIO(photos.clean(out.getvalue()))) as image:
        assert (image.mode, image.size) == ("RGB", (14, 2048))


def test_what_hides_behind_the_picture_is_left_behind() -> None:
    assert b"<?php" not in photos.clean(picture() + b"<?php system('id'); ?>")


def test_large_photos_are_made_smaller() -> None:
    with Image.open(io.BytesIO(photos.clean(picture(size=(4000, 3000))))) as image:
        assert image.size == (2048, 1536)


def test_names_cannot_be_guessed_and_files_go_when_dropped() -> None:
    one, other = photos.keep(b"one"), photos.keep(b"other")
    assert one != other
    assert photos.path_of(one).read_bytes() == b"one"
    photos.drop(one)
    photos.drop(one)
    assert not photos.path_of(one).exists()
