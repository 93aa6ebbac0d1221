"""What a danger is called on the button and by the voice that rings, where the name of its class
does not say it: a lift is a component; that somebody is stuck in it is the danger."""

from __future__ import annotations

from django.utils.translation import get_language

from .models import CaseClass

TITLES = {"lift": ("电梯困人", "Somebody is trapped in a lift")}
"""By class of case, in Chinese and English. A class that is not here has its own name."""


def title(case_class: CaseClass) -> tuple[str, str]:
    """What a danger of that class is called, in Chinese and English."""
    return TITLES.get(case_class.code, (case_class.zh, case_class.en))


def name(case_class: CaseClass) -> str:
    """The same in the reader's language."""
    zh, en = title(case_class)
    return en if get_language() == "en" else zh
