"""Places: city › district › sub-district › committee › compound › building › flat, and spots."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    CITY = "city", _("City")
    DISTRICT = "district", _("District")
    SUBDISTRICT = "subdistrict", _("Sub-district")
    COMMITTEE = "committee", _("Residents' committee")
    GRID = "grid", _("Grid")
    COMPOUND = "compound", _("Compound")
    BUILDING = "building", _("Building door")
    FLAT = "flat", _("Flat")
    SHED = "shed", _("Bike shed")
    SPOT = "spot", _("Spot")
    ROAD = "road", _("Road")


BASE = "base"


class Drawing(models.Model):
    """The base drawing of the map 示意图, a GeoJSON FeatureCollection as text."""

    name = models.CharField(primary_key=True, max_length=32)
    body = models.TextField()

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """A place. `path` is the chain of codes from the top, each followed by "/"; with the two
    labels it is worked out whenever a place is put, so that reading is one row."""

    code = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    zh = models.CharField(max_length=100)
    en = models.CharField(max_length=200)
    label_zh = models.CharField(max_length=300)
    label_en = models.CharField(max_length=500)
    path = models.CharField(max_length=400, db_index=True)
    address = models.CharField(max_length=200, blank=True)
    site = models.CharField(max_length=32, blank=True, db_index=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    geometry = models.JSONField(null=True)
    tags = models.JSONField(default=list)
    capacity = models.IntegerField(null=True)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The place's name with those above it up to its compound, in the reader's language."""
        return self.label_en if get_language() == "en" else self.label_zh
