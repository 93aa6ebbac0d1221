"""Looking at rows; what is written in this room is written by its commands."""

from django.contrib import admin

from xiuhua.city.admin_pages import ReadOnly

from .models import Case, CaseClass, Standard


@admin.register(Case)
class CaseAdmin(ReadOnly):
    list_display = ("number", "zh", "stage", "team", "due", "write_up_owed")
    list_filter = ("stage", "case_class", "life_safety", "team")
    search_fields = ("number", "device", "place")


@admin.register(CaseClass)
class CaseClassAdmin(ReadOnly):
    list_display = ("code", "zh", "en", "team_kind", "life_safety")


@admin.register(Standard)
class StandardAdmin(ReadOnly):
    list_display = ("code", "case_class", "condition_zh", "clock", "amount", "team_kind", "origin")
    list_filter = ("clock", "origin", "active")
