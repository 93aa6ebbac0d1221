"""Is the record of looks at personal data whole? Says so, or where it breaks."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError

from xiuhua.city.people import looks


class Command(BaseCommand):
    help = "Check the chain of looks at personal data from its first to its newest."

    def handle(self, **_options: object) -> None:
        broken = looks.ledger.first_broken()
        if broken is not None:
            raise CommandError(
                f"The record of looks was tampered with: it no longer fits from number {broken} on."
                " Keep the database as it is and tell the auditor."
            )
        count, mac = looks.ledger.head()
        self.stdout.write(f"{count} looks, all in place; newest mark {mac or 'none'}")
