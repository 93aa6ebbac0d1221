"""Places as people say them: "12村31号" for 田园十二村 31号."""

from __future__ import annotations

import re

_DIGITS = "一二三四五六七八九"


class Said:
    """What somebody said of a place, to be held against the names of places."""

    def __init__(self, words: str) -> None:
        self._words = plain(words)
        self._pieces = re.findall(r"\d+|[^\W\d_]+", self._words)

    def fits(self, *names: str) -> bool:
        """Whether these names together hold all that was said; a number must stand there whole.
        What says nothing fits nothing."""
        text = "|".join(part for name in names for part in (plain(name), name.lower()))
        return bool(self._pieces) and all(self._stands(piece, text) for piece in self._pieces)

    def ends(self, name: str) -> bool:
        """Whether the name ends with just what was said."""
        whole = r"(?<!\d)" if self._words[:1].isdecimal() else ""
        return bool(re.search(f"{whole}{re.escape(self._words)}$", plain(name)))

    @staticmethod
    def _stands(piece: str, text: str) -> bool:
        whole = rf"(?<!\d)0*{piece}(?!\d)"
        return bool(re.search(whole, text)) if piece.isdecimal() else piece in text


def plain(text: str) -> str:
    """Without spaces, in small letters, Chinese numbers below a hundred in digits."""
    return re.sub(f"[{_DIGITS}十]+", _number, re.sub(r"\s", "", text)).lower()


def _number(found: re.Match[str]) -> str:
    """一 1, 十二 12, 三十 30; what is no such number stays."""
    parts = re.fullmatch(f"([{_DIGITS}]?)(十?)([{_DIGITS}]?)", found[0])
    if parts is None:
        return found[0]
    tens, ten, ones = parts.groups()
    if not ten:
        return found[0] if ones else str(_DIGITS.index(tens) + 1)
    return str(
        (_DIGITS.find(tens) + 1 if tens else 1) * 10 + (_DIGITS.index(ones) + 1 if ones else 0)
    )
