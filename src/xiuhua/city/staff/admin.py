from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from xiuhua.city.admin_pages import ReadOnly

from . import commands
from .models import Member, Team


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ("code", "kind", "zh", "sites")
    list_filter = ("kind",)


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin):
    """Roles are given here, but nobody gives one to themselves: duties stay apart."""

    list_display = ("zh", "user", "role", "team", "masked_phone")
    list_filter = ("role", "team")
    list_select_related = ("user", "team")
    search_fields = ("zh", "en", "user__username")
    readonly_fields = ("demo",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Member | None = None
    ) -> tuple[str, ...]:
        own = obj is not None and obj.user_id == request.user.pk
        return (*self.readonly_fields, "user", "role") if own else self.readonly_fields

    def save_model(
        self, request: HttpRequest, obj: Member, form: ModelForm[Member], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        commands.flag(obj.user, obj.role)


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class SecondFactorAdmin(ReadOnly):
    """Who has which; a lost one is taken away here. Its secret is for nobody to see."""

    list_display = ("user", "type", "created_at", "last_used_at")
    exclude = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401, ARG002
        return self.admin_site.has_permission(request)
