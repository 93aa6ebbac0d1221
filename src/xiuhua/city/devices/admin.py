from django.contrib import admin

from xiuhua.city.admin_pages import ReadOnly

from .models import Device, Gateway, NamedList


@admin.register(Device)
class DeviceAdmin(ReadOnly):
    list_display = ("id", "kind", "place", "zh", "in_service")
    list_filter = ("kind", "site", "in_service")
    search_fields = ("id", "zh", "en", "place")


@admin.register(Gateway)
class GatewayAdmin(ReadOnly):
    list_display = ("id", "site", "zh", "in_service")


@admin.register(NamedList)
class NamedListAdmin(ReadOnly):
    list_display = ("name",)
    search_fields = ("name",)
