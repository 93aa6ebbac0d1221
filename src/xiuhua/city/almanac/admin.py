from django.contrib import admin

from xiuhua.city.admin_pages import ReadOnly

from .models import Day, Flag, FlagChange, Hours


@admin.register(Day)
class DayAdmin(ReadOnly):
    list_display = ("date", "works", "zh", "en")
    list_filter = ("works",)


@admin.register(Flag)
class FlagAdmin(ReadOnly):
    list_display = ("name", "up")


@admin.register(FlagChange)
class FlagChangeAdmin(ReadOnly):
    list_display = ("flag", "up", "by", "program", "at")
    list_filter = ("flag",)


@admin.register(Hours)
class HoursAdmin(ReadOnly):
    list_display = ("name", "spans")
