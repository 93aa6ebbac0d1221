"""What would be dangerous out there."""

from __future__ import annotations

from collections.abc import Iterator

from .checks import Finding, Setup, check


@check("X30")
def demo_people_only_in_a_demo(setup: Setup) -> Iterator[Finding]:
    """Log-ins that everybody knows exist in a demo only."""
    from django.db import DatabaseError

    from xiuhua.city.staff import queries

    try:
        known = queries.demo_accounts()
    except DatabaseError:  # X10 says it
        return
    if known and not setup.demo:
        yield Finding(
            "error",
            f"{known} demo accounts, whose passwords are published, can log in here.",
            "Use a home that was never a demo's, or set XIUHUA_DEMO=1 if this is one.",
        )


@check("X31")
def secrets_are_our_own(_: Setup) -> Iterator[Finding]:
    """The pages are signed with a key made here, and errors show nothing to strangers."""
    from django.conf import settings

    if len(settings.SECRET_KEY) < 50 or "insecure" in settings.SECRET_KEY:
        yield Finding(
            "error",
            "The key that signs log-ins is weak.",
            "Move HOME/keys/django away; a new one is made, and everybody logs in again.",
        )
    if settings.DEBUG or "*" in settings.ALLOWED_HOSTS:
        yield Finding(
            "error",
            "The pages show their insides to strangers, or answer to any host name.",
            "Leave DEBUG off, and name the hosts in XIUHUA_ALLOWED_HOSTS.",
        )


@check("X32")
def passwords_travel_covered(setup: Setup) -> Iterator[Finding]:
    """Pages that others can reach are reached by https."""
    if setup.host not in {"127.0.0.1", "::1", "localhost"} and not setup.https:
        yield Finding(
            "warning",
            f"The pages listen on {setup.host} without https: passwords can be read on the way.",
            "Put a TLS proxy in front and set XIUHUA_HTTPS=1.",
        )
