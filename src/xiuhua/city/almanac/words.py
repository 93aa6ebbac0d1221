"""The flags that there are, in words. A rule's schedule may ask for them by name."""

from __future__ import annotations

FLAGS: dict[str, tuple[str, str]] = {
    "rain": ("下雨", "Rain"),
}
"""By name, in Chinese and English. A new flag is one line here."""
