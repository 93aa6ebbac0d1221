"""`xiuhua secret` as a command: one new secret, or the ledger's new devices from a CSV."""

from __future__ import annotations

import getpass
from pathlib import Path

from django.db import DatabaseError

from xiuhua.city.devices import credentials, enrolment
from xiuhua.epoch import now_ms


class NotAsked(Exception):
    """Neither an id nor a file was given, or both; or there is nobody to ask yet."""


def errors() -> tuple[type[Exception], ...]:
    """What can go wrong here, each with its sentence."""
    return (NotAsked, credentials.NotInService, enrolment.CannotEnrol)


def secret(speaker: str, file: Path | None) -> str:
    """The new secret of a device or gateway; or of a CSV of new ones, `id,secret` line by line."""
    if bool(speaker) == (file is not None):
        raise NotAsked("Give the id of a device or gateway, or --csv with a file of new ones.")
    try:
        return _secret(speaker, file)
    except DatabaseError as error:
        raise NotAsked(
            f"The house's tables do not answer ({error}). In a new home run `xiuhua migrate` first."
        ) from None


def _secret(speaker: str, file: Path | None) -> str:
    if file is not None:
        found = enrolment.enrol(file.read_bytes(), by=getpass.getuser(), now=now_ms())
        return enrolment.as_csv(found).rstrip()
    try:
        return credentials.issue(id=speaker)
    except credentials.NotInService:
        said = f"{speaker} is not in service in the ledger; nothing was changed."
        raise credentials.NotInService(said) from None
