from django.contrib import admin

from xiuhua.city.admin_pages import ReadOnly

from .models import Enactment, Rule, RuleVersion, Trial


@admin.register(Rule)
class RuleAdmin(ReadOnly):
    list_display = ("id", "kind", "zh", "standing")
    list_filter = ("kind",)


@admin.register(RuleVersion)
class RuleVersionAdmin(ReadOnly):
    list_display = ("rule", "number", "state", "author", "approved_by")
    list_filter = ("state",)


@admin.register(Enactment)
class EnactmentAdmin(ReadOnly):
    list_display = ("rule", "version", "by", "at", "control")


@admin.register(Trial)
class TrialAdmin(ReadOnly):
    list_display = ("rule", "by", "begun", "state", "failure")
    list_filter = ("state",)
