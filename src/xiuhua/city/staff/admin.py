from django.contrib import admin

from .models import Member, Team


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ("code", "kind", "zh", "sites")
    list_filter = ("kind",)


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin):
    list_display = ("zh", "user", "role", "team", "masked_phone", "on_duty")
    list_filter = ("role", "team", "on_duty")
    list_select_related = ("user", "team")
    search_fields = ("zh", "en", "user__username")
    readonly_fields = ("demo",)
