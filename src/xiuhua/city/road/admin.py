from django.contrib import admin

from xiuhua.city.admin_pages import ReadOnly

from .models import HistoryPart, OutboxRow, Progress


@admin.register(Progress)
class ProgressAdmin(ReadOnly):
    list_display = ("bucket", "epoch", "applied", "at", "snapshot")


@admin.register(OutboxRow)
class OutboxAdmin(ReadOnly):
    list_display = ("seq", "id", "at", "copied")
    exclude = ("body",)


@admin.register(HistoryPart)
class HistoryPartAdmin(ReadOnly):
    list_display = ("path", "day", "site", "kind", "rows", "bytes")
    list_filter = ("kind", "site")
