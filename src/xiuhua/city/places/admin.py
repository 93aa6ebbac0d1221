from django.contrib import admin

from xiuhua.city.admin_pages import ReadOnly

from .models import Place


@admin.register(Place)
class PlaceAdmin(ReadOnly):
    list_display = ("code", "kind", "label_zh", "site")
    list_filter = ("kind", "site")
    search_fields = ("code", "label_zh", "label_en", "address")
