"""Looking at rows; what is written in this room is written by its commands."""

from django.contrib import admin

from xiuhua.city.admin_pages import ReadOnly

from .models import Alert, Call, Kinship, Ring


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    list_display = ("start", "level", "zh", "place", "status", "acknowledged_by")
    list_filter = ("status", "level", "life_safety", "health", "site")
    search_fields = ("device", "place", "rule")


@admin.register(Call)
class CallAdmin(ReadOnly):
    list_display = ("created", "team", "outcome", "told", "answered")
    list_filter = ("outcome", "team")


@admin.register(Ring)
class RingAdmin(ReadOnly):
    list_display = ("at", "call", "state", "answered", "ended")
    list_filter = ("state",)
    exclude = ("who",)


@admin.register(Kinship)
class KinshipAdmin(admin.ModelAdmin):
    """What belongs together: a row stands before the house's own of that code."""

    list_display = ("code", "scope", "metres", "minutes", "words", "on")
