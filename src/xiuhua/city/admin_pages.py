"""What the admin pages share: who enters them, and that they show, changing only what no command
guards."""

from __future__ import annotations

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .access import may


class HouseAdmin(admin.AdminSite):
    """Open to the role that may enter, whatever flags an account bears, and with a second factor
    only; demo homes go without."""

    site_header = site_title = _("Xiuhua · accounts")
    index_title = _("Accounts")

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person is let in."""
        return may(request.user, "admin.enter") and (settings.DEMO or is_mfa_enabled(request.user))

    def login(self, request: HttpRequest, _more: dict[str, Any] | None = None) -> HttpResponse:
        """The house's one log-in: Django's own would count no failures and ask for no factor."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        if self.has_permission(request):
            return redirect("admin:index")
        if may(request.user, "admin.enter"):
            return redirect("mfa_index")
        raise PermissionDenied("admin.enter")


class ReadOnly(admin.ModelAdmin):
    """Facts that commands write: here they can be looked at only."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401, ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401, ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401, ARG002
        return False
