"""The door for rooms that bring matters in from outside the house: the public's form, and systems
that send orders. What they may use of this room stands here and nowhere else."""

from __future__ import annotations

from . import residents
from .commands import NO_PROOF, NotDone, Proof
from .forms import ACCEPT, place_choices
from .machine import Stage, Step
from .models import Case, CaseClass, CaseStep, Source
from .photos import MOST_PHOTOS, BadPhoto
from .photos import read as read_photos
from .queries import classes
from .reporting import Report, take_in, told_before
from .sources import open_to

__all__ = [
    "ACCEPT", "MOST_PHOTOS", "NO_PROOF", "BadPhoto", "Case", "CaseClass", "CaseStep", "NotDone",
    "Proof", "Report", "Source", "Stage", "Step", "classes", "open_to", "place_choices",
    "read_photos", "residents", "take_in", "told_before",
]  # fmt: skip
