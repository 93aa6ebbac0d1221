"""What belongs together, as rows of data. Alerts and calls are no administrator's to see: they have
their pages, behind the doors of `access`."""

from django.contrib import admin

from .models import Kinship


@admin.register(Kinship)
class KinshipAdmin(admin.ModelAdmin):
    """What belongs together: a row stands before the house's own of that code."""

    list_display = ("code", "scope", "metres", "minutes", "words", "on")
