"""Which parts of history there are (`history.parts.Manifest`)."""

from __future__ import annotations

from xiuhua.history.parts import Part

from .models import HistoryPart

_FACTS = Part.__struct_fields__


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
