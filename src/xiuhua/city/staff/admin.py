from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from xiuhua.city.admin_pages import ReadOnly

from . import grants
from .models import Member, Role, Team


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ("code", "kind", "zh", "sites")
    list_filter = ("kind",)


class MemberForm(forms.ModelForm):
    """A member, and the role that is asked for them."""

    ask_role = forms.ChoiceField(
        label=_("Role to be asked for"), choices=[("", "—"), *Role.choices], required=False,
        help_text=_("It counts once the security administrator grants it."),
    )  # fmt: skip
    ask_team = forms.ModelChoiceField(
        label=_("with this team"), queryset=Team.objects.order_by("code"), required=False
    )
    ask_why = forms.CharField(label=_("Why"), max_length=300, required=False)

    class Meta:
        model = Member
        fields = ("user", "zh", "en", "phone", "skills")
        labels = {  # noqa: RUF012  never changed
            "user": _("Account"), "zh": _("Name in Chinese"), "en": _("Name in English"),
            "phone": _("Telephone"), "skills": _("Skills"),
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A role is asked for with a reason."""
        told = super().clean() or {}
        if told.get("ask_role") and not str(told.get("ask_why", "")).strip():
            self.add_error("ask_why", _("Please say why."))
        return told


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin):
    """Roles are asked for here and granted elsewhere; nobody asks for themselves."""

    form = MemberForm
    list_display = ("zh", "account", "role_now", "team_now", "telephone")
    list_filter = ("role", "team")
    list_select_related = ("user", "team")
    search_fields = ("zh", "en", "user__username")
    readonly_fields = ("role_now", "team_now")
    fields = (
        "user", "zh", "en", "phone", "skills", "role_now", "team_now", "ask_role", "ask_team",
        "ask_why",
    )  # fmt: skip

    @admin.display(description=_("Account"))
    def account(self, obj: Member) -> str:
        return obj.user.username

    @admin.display(description=_("Role"))
    def role_now(self, obj: Member) -> str:
        return obj.get_role_display() if obj.role else "—"

    @admin.display(description=_("Unit"))
    def team_now(self, obj: Member) -> str:
        return obj.team.name if obj.team else "—"

    @admin.display(description=_("Telephone"))
    def telephone(self, obj: Member) -> str:
        return obj.masked_phone

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Member | None = None,
    ) -> tuple[str, ...]:
        return self.readonly_fields if obj is None else (*self.readonly_fields, "account")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401, ARG002
        return False

    def get_fields(self, request: HttpRequest, obj: Member | None = None) -> tuple[str, ...]:
        own = obj is not None and obj.user_id == request.user.pk
        shown = self.fields if obj is None else ("account", *self.fields[1:])
        return shown[:-3] if own else shown

    def save_model(
        self, request: HttpRequest, obj: Member, form: ModelForm[Member], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        told = form.cleaned_data
        if told.get("ask_role") and obj.user_id != request.user.pk:
            grants.ask(
                obj, role=Role(told["ask_role"]), team=told.get("ask_team"), why=told["ask_why"],
                by=request.user.get_username(), now=timezone.now(),
            )  # fmt: skip


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Accounts: opened, closed, given a password. What one may do hangs on the role alone, so no
    flag and no permission stands here; what is done to an account stands in the chain."""

    fieldsets = ((None, {"fields": ("username", "password", "is_active", "last_login")}),)
    list_display = ("username", "is_active", "last_login")
    list_filter = ("is_active",)
    filter_horizontal = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401, ARG002
        return ("last_login",) if obj is None else ("last_login", "username")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401, ARG002
        return False

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            _taken(obj, grants.What.CLOSED, request)

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""  # noqa: A002
    ) -> HttpResponse:  # fmt: skip
        before = User.objects.filter(pk=id).values_list("password", flat=True).first()
        answer = super().user_change_password(request, id, form_url)
        user = User.objects.filter(pk=id).first()
        if user is not None and user.password != before:
            _taken(user, grants.What.PASSWORD, request)
        return answer


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class SecondFactorAdmin(ReadOnly):
    """Who has which; a lost one is taken away here. Its secret is for nobody to see."""

    list_display = ("user", "type", "created_at", "last_used_at")
    exclude = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401, ARG002
        return self.admin_site.has_permission(request)

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        super().delete_model(request, obj)
        _taken(obj.user, grants.What.FACTOR, request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        users = list(User.objects.filter(pk__in=queryset.values("user")))
        super().delete_queryset(request, queryset)
        for user in users:
            _taken(user, grants.What.FACTOR, request)


def _taken(user: User, what: grants.What, request: HttpRequest) -> None:
    grants.taken(user, what, by=request.user.get_username(), now=timezone.now())
