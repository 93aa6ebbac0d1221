"""Steps of the closed loop, in words."""

from __future__ import annotations

from django import template

from xiuhua.city.cases.clocks import Limit
from xiuhua.city.cases.machine import Step
from xiuhua.city.cases.shown import limit_words
from xiuhua.city.cases.words import STEPS, TAKEN

register = template.Library()


@register.filter
def step_word(step: Step) -> str:
    """What is on the button of a step."""
    return str(STEPS[step])


@register.filter
def taken_word(step: str) -> str:
    """What a step is called once it is taken."""
    return str(TAKEN[step])


@register.filter
def limit_word(limit: Limit) -> str:
    """A limit in words."""
    return limit_words(limit)
