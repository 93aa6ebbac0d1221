"""How people get in: by an account that a system administrator made, never by signing up."""

from __future__ import annotations

from base64 import b64decode, b64encode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from .access import may
from .crypto import seal, unseal

STARTS = (
    ("live.view", "/"),
    ("people.contact", "/people/contacts"),
    ("case.look", "/cases/"),
    ("admin.enter", "/admin/"),
    ("device.look", "/devices/"),
    ("looks.look", "/people/looks"),
    ("rules.look", "/rules/"),
)

_FACTOR = "mfa.authenticator/secret"


class Accounts(DefaultAccountAdapter):
    """allauth's adapter for the house."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """No: accounts are made in the admin pages or loaded."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where a person's work begins: the first of these pages that their role may see."""
        for action, page in STARTS:
            if may(request.user, action):
                return page
        return "/accounts/2fa/"


class SecondFactors(DefaultMFAAdapter):
    """allauth's adapter for second factors: whoever gets hold of the database alone has none."""

    def encrypt(self, text: str) -> str:
        """The secret as it is stored."""
        return b64encode(seal(text, _FACTOR)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again; raises Unsealable."""
        return unseal(b64decode(encrypted_text), _FACTOR)
