"""Rates as people read them."""

from __future__ import annotations

from django import template

from xiuhua.city.evaluation.words import percent

register = template.Library()
register.filter("percent", percent)
