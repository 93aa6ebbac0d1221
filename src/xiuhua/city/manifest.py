"""Which parts of history there are (`xiuhua.history.parts.Manifest`), and the way to ask them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import msgspec
from django.conf import settings
from django.db import models, transaction

from xiuhua.history.parts import Part

if TYPE_CHECKING:
    from xiuhua.history.layout import HomeOf
    from xiuhua.history.reader import History

_FACTS = Part.__struct_fields__


class HistoryPart(models.Model):
    """One file of history; the fields are those of `xiuhua.history.parts.Part`."""

    path = models.CharField(primary_key=True, max_length=300)
    day = models.CharField(max_length=10)
    site = models.CharField(max_length=32)
    kind = models.CharField(max_length=32)
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    first_position = models.BigIntegerField()
    last_position = models.BigIntegerField()
    since = models.BigIntegerField()
    until = models.BigIntegerField()
    digest = models.CharField(max_length=64, default="")

    class Meta:
        app_label = "road"
        indexes = (models.Index(fields=["kind", "site", "since"], name="part_by_kind"),)

    def __str__(self) -> str:
        return self.path


class Manifest:
    """The parts that checkpoints have made readable."""

    def parts(
        self, *, kind: str = "", site: str = "", since: int | None = None, until: int | None = None
    ) -> list[Part]:
        """The parts that may hold readings of that kind and site between two event times, ms."""
        found = HistoryPart.objects.order_by("day", "site", "kind", "first_position", "path")
        if kind:
            found = found.filter(kind=kind)
        if site:
            found = found.filter(site=site)
        if since is not None:
            found = found.filter(until__gte=since)
        if until is not None:
            found = found.filter(since__lte=until)
        return [Part(*row) for row in found.values_list(*_FACTS)]

    def add(self, parts: Iterable[Part]) -> None:
        """Name these parts; one named already is named once."""
        HistoryPart.objects.bulk_create(
            (HistoryPart(**msgspec.structs.asdict(part)) for part in parts),
            update_conflicts=True,
            unique_fields=["path"],
            update_fields=[name for name in _FACTS if name != "path"],
        )

    @transaction.atomic
    def replace(self, new: Iterable[Part], old: Collection[Part]) -> None:
        """Name the new parts in the place of the old ones, in one step."""
        HistoryPart.objects.filter(path__in=[part.path for part in old]).delete()
        self.add(new)


def history(home_of: HomeOf) -> History:
    """The readings of the past. `home_of` says a device's kind and site."""
    from xiuhua.history.reader import History  # Parquet's libraries: not every process reads it

    return History(settings.HISTORY_ROOT, Manifest(), home_of)
