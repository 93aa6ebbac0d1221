"""Systems that send us orders, their orders, and what we have to tell them of each."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from xiuhua.city.cases.words import Source


class Partner(models.Model):
    """A system that sends orders: the 12345 hotline, the district, another department. Of its
    secret only the SHA-256 is kept, which also signs what we send to its `webhook`."""

    class Sort(models.TextChoices):
        HOTLINE = Source.HOTLINE.value, Source.HOTLINE.label
        DISTRICT = Source.DISTRICT.value, Source.DISTRICT.label
        SUPERVISION = Source.SUPERVISION.value, Source.SUPERVISION.label
        DEPARTMENT = Source.DEPARTMENT.value, Source.DEPARTMENT.label

    code = models.SlugField(max_length=40, primary_key=True)
    zh = models.CharField(max_length=80)
    en = models.CharField(max_length=80)
    source = models.CharField(max_length=12, choices=Sort)
    webhook = models.URLField(blank=True)
    digest = models.CharField(max_length=64, db_index=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """What the system is called, in the reader's language."""
        return self.en if get_language() == "en" else self.zh


class Order(models.Model):
    """An order under the partner's own number, once. `content` is the digest of what it said;
    `told` is how many steps of its case have become changes. Merged, it follows the other case."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="orders")
    number = models.CharField(max_length=40)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="orders")
    content = models.CharField(max_length=64)
    told = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["partner", "number"], name="order_once"),)

    def __str__(self) -> str:
        return f"{self.partner_id} {self.number}"


class Change(models.Model):
    """One step of an order's case, as its partner learns of it. `tries` to deliver it, the `answer`
    of the last one (an HTTP status, or what went wrong), when it is tried again, when it arrived.
    """

    seq = models.BigIntegerField(primary_key=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="changes")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="changes")
    body = models.TextField()
    at = models.DateTimeField()
    due = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    answer = models.CharField(max_length=80, blank=True)
    arrived = models.DateTimeField(null=True)

    class Meta:
        ordering = ("seq",)
        indexes = (
            models.Index(fields=["partner", "seq"], name="change_by_partner"),
            models.Index(fields=["due"], name="change_due", condition=Q(due__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.seq} {self.order_id}"
