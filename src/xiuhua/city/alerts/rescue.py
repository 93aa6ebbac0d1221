"""What to say to 119: where, what, how many may be there. Said by whoever rings, or by the voice
gateway where the centre has set a number for it (`XIUHUA_RESCUE_NUMBER`)."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from xiuhua.city.places import queries as places
from xiuhua.epoch import SHANGHAI

from . import where
from .models import Alert


def words_for_rescue(alert: Alert) -> str:
    """The sentences, in the language of the moment: the address first."""
    code = where.spot(alert)
    found = places.place(code)
    address = found.address if found and found.address else ""
    label = places.label(code)
    facts = {
        "where": f"{address} {label}" if address and address not in label else label,
        "what": alert.name,
        "why": alert.sentence,
        "at": f"{timezone.localtime(alert.start, SHANGHAI):%H:%M}",
    }
    return _("Address: %(where)s. What: %(what)s, since %(at)s. %(why)s") % facts


def automatic() -> bool:
    """Whether the voice gateway rings 119 by itself."""
    return bool(settings.RESCUE_NUMBER)
