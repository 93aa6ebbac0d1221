"""Cases 案卷: their classes, where each stands, every step taken, and the photos that prove it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xiuhua.city.chain import Added

from . import clocks, machine


class Stage(models.TextChoices):
    """What a case waits for, in words; the machine knows what may follow."""

    REPORTED = machine.Stage.REPORTED.value, _("To be filed")
    VERIFYING = machine.Stage.VERIFYING.value, _("To be verified")
    FILED = machine.Stage.FILED.value, _("To be dispatched")
    CONSULTING = machine.Stage.CONSULTING.value, _("In consultation")
    DISPATCHED = machine.Stage.DISPATCHED.value, _("To be taken on")
    HANDLING = machine.Stage.HANDLING.value, _("Being handled")
    HANDLED = machine.Stage.HANDLED.value, _("To be inspected")
    INSPECTED = machine.Stage.INSPECTED.value, _("To be closed")
    CLOSED = machine.Stage.CLOSED.value, _("Closed")
    VOID = machine.Stage.VOID.value, _("Void")
    MERGED = machine.Stage.MERGED.value, _("Merged")


class Hold(models.TextChoices):
    """Why the clock of a case stands still."""

    SUSPENDED = machine.Hold.SUSPENDED.value, _("Suspended")
    ASKING = machine.Hold.ASKING.value, _("More time asked for")


class Clock(models.TextChoices):
    """The four kinds of time that a limit is counted in."""

    URGENT = clocks.Clock.URGENT.value, _("urgent hours")
    HOURS = clocks.Clock.HOURS.value, _("work hours")
    WORKDAYS = clocks.Clock.WORKDAYS.value, _("work days")
    DAYS = clocks.Clock.DAYS.value, _("calendar days")


class Source(models.TextChoices):
    """How a matter became known; `sources.py` says what each asks for."""

    ALERT = "alert", _("Alert")
    PATROL = "patrol", _("Patrol")
    WEB = "web", _("Resident, web")
    PHONE = "phone", _("Resident, telephone")
    COUNTER = "counter", _("Resident, counter")
    NEIGHBOUR = "neighbour", _("Resident, through a neighbour")
    COMMITTEE = "committee", _("Resident, through the committee")
    HOTLINE = "hotline", _("12345 order")
    DISTRICT = "district", _("District dispatch")
    SUPERVISION = "supervision", _("Supervision from above")
    DEPARTMENT = "department", _("Another department")


OPEN = sorted(stage.value for stage in machine.OPEN)


class CaseClass(models.Model):
    """A class of cases. `sort` (component or event) and `number` (major and minor) are its place in
    the table of categories; `team_kind` handles what no standard gives to others."""

    code = models.CharField(max_length=40, primary_key=True)
    sort = models.CharField(max_length=12, blank=True)
    number = models.CharField(max_length=8, blank=True)
    zh = models.CharField(max_length=80)
    en = models.CharField(max_length=80)
    team_kind = models.CharField(max_length=20)
    life_safety = models.BooleanField(default=False)

    class Meta:
        ordering = ("code",)
        verbose_name = _("class of case")
        verbose_name_plural = _("classes of case")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What such cases are called, in the reader's language."""
        return self.en if get_language() == "en" else self.zh


class Standard(models.Model):
    """A row of the standard: a class's filing condition 立案条件, its limit 处置时限, its closing
    condition 结案条件, and who handles it. `amount` is in minutes, or in days for clocks of days.
    Rows of origin `ours` this project wrote, no authority; loading a neighbourhood puts them anew
    and leaves alone what was edited or imported here."""

    class Origin(models.TextChoices):
        OURS = "ours", _("Ours")
        LOCAL = "local", _("Edited here")

    code = models.CharField(max_length=48, primary_key=True)
    case_class = models.ForeignKey(CaseClass, on_delete=models.PROTECT, related_name="standards")
    condition_zh = models.CharField(max_length=300)
    condition_en = models.CharField(max_length=400)
    clock = models.CharField(max_length=10, choices=Clock)
    amount = models.PositiveIntegerField()
    closing_zh = models.TextField(blank=True)
    closing_en = models.TextField(blank=True)
    team_kind = models.CharField(max_length=20)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.OURS)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("case_class__sort", "case_class__number", "code")
        verbose_name = _("standard")
        verbose_name_plural = _("standards")

    def __str__(self) -> str:
        return self.code

    @property
    def condition(self) -> str:
        """When such a matter is filed, in the reader's language."""
        return self.condition_en if get_language() == "en" else self.condition_zh

    @property
    def closing(self) -> str:
        """When it counts as done, in the reader's language."""
        return self.closing_en if get_language() == "en" else self.closing_zh

    @property
    def limit(self) -> clocks.Limit:
        """Within how long it is handled."""
        return clocks.Limit(clocks.Clock(self.clock), self.amount)


class StageLimit(models.Model):
    """How long a case may wait at a stage; the handling's own limit is the standard's."""

    stage = models.CharField(max_length=12, choices=Stage, primary_key=True)
    clock = models.CharField(max_length=10, choices=Clock)
    amount = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("limit of a stage")
        verbose_name_plural = _("limits of stages")

    def __str__(self) -> str:
        return self.stage


class Case(models.Model):
    """One case. `version` counts its moves: who moves it says which version they saw, and the
    second of two is refused. `hands` took or handled it, `commanders` sent it.

    `clock`, `amount` and `extra` are the limit as it was filed, whatever becomes of the standard.
    `due` is when it must have left the stage where it stands; empty while the clock stands still,
    and where the calendar ends before it could be reckoned. `handle_by` is the end of the handling.
    `emergency` is for what somebody called one 突发事件 though it is none by its class.
    `alert_true` is what who inspected it said of its alert; empty where nobody was asked.
    `owes` is what is still owed to who reported it, each with its deadline (ms, or null).
    """

    number = models.CharField(max_length=40, unique=True)
    subdistrict = models.CharField(max_length=12)
    case_class = models.ForeignKey(CaseClass, on_delete=models.PROTECT, related_name="cases")
    standard = models.ForeignKey(Standard, models.PROTECT, null=True, related_name="cases")
    alert = models.UUIDField(unique=True, null=True)
    alert_true = models.BooleanField(null=True)
    source = models.CharField(max_length=12, choices=Source, default=Source.ALERT)
    order = models.CharField(max_length=40, blank=True)
    zh = models.CharField(max_length=120)
    en = models.CharField(max_length=120)
    device = models.CharField(max_length=80, blank=True)
    place = models.CharField(max_length=80, blank=True)
    site = models.CharField(max_length=80)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    stage = models.CharField(max_length=12, choices=Stage)
    hold = models.CharField(max_length=10, choices=Hold, blank=True)
    version = models.PositiveIntegerField(default=1)
    team = models.CharField(max_length=80, blank=True)
    handler = models.CharField(max_length=150, blank=True)
    hands = models.JSONField(default=list, blank=True)
    commanders = models.JSONField(default=list, blank=True)
    life_safety = models.BooleanField(default=False)
    emergency = models.BooleanField(default=False, db_default=False)
    write_up_owed = models.BooleanField(default=False)
    must_verify = models.BooleanField(default=False)
    verified = models.BooleanField(null=True)
    owes = models.JSONField(default=dict, blank=True)
    satisfied = models.BooleanField(null=True)
    returns = models.PositiveIntegerField(default=0)
    reworks = models.PositiveIntegerField(default=0)
    bound = models.BooleanField(default=False)
    urged = models.PositiveIntegerField(default=0)
    supervised = models.BooleanField(default=False)
    was_late = models.BooleanField(default=False)
    appealed = models.BooleanField(default=False)
    appeal_open = models.BooleanField(default=False)
    reviewers = models.JSONField(default=list, blank=True)
    exempt = models.BooleanField(default=False)
    bundle = models.ForeignKey("self", models.PROTECT, null=True, related_name="bundled")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    clock = models.CharField(max_length=10, choices=Clock, default=Clock.URGENT)
    amount = models.PositiveIntegerField(default=60)
    extra = models.PositiveIntegerField(default=0)
    opened = models.DateTimeField()
    due = models.DateTimeField(null=True)
    handle_by = models.DateTimeField(null=True)
    resume_on = models.DateField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["due"], name="case_open_due", condition=Q(ended=None)),
            models.Index(fields=["team", "stage"], name="case_team_stage"),
            models.Index(fields=["site", "-opened"], name="case_site_opened"),
            models.Index(fields=["case_class", "-opened"], name="case_class_opened"),
            models.Index(fields=["id"], name="case_appeals", condition=Q(appeal_open=True)),
            models.Index(fields=["-opened", "-id"], name="case_newest"),
            models.Index(fields=["team", "-opened", "-id"], name="case_team_newest"),
            models.Index(fields=["place", "-opened"], name="case_place_newest"),
            models.Index(fields=["source", "-opened"], name="case_source_newest"),
            models.Index(fields=["handler", "-opened"], name="case_handler_newest"),
            models.Index(
                fields=["-opened", "-id"], name="case_life", condition=Q(life_safety=True)
            ),
            models.Index(fields=["-opened"], name="case_emergency", condition=Q(emergency=True)),
            models.Index(fields=["stage", "team"], name="case_open_stage", condition=Q(ended=None)),
            models.Index(fields=["lat", "lon"], name="case_open_spot", condition=Q(ended=None)),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(stage__in=OPEN, ended=None)
                | (~Q(stage__in=OPEN) & Q(ended__isnull=False)),
                name="case_ended_when_ended",
            ),
            models.CheckConstraint(
                condition=~Q(stage="closed", write_up_owed=True),
                name="case_closed_owes_no_write_up",
            ),
        )
        verbose_name = _("case")
        verbose_name_plural = _("cases")

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        """What is the matter, in the reader's language."""
        return self.en if get_language() == "en" else self.zh


class CaseStep(Added):
    """One step taken: history is only ever added to. `by` is an account, or "": the house. `hold`
    is how the clock stood after it, `due` until when it should have been taken; `mac` is keyed over
    this row and the `mac` before it (`history.py`)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    seq = models.PositiveIntegerField()
    step = models.CharField(max_length=12)
    frm = models.CharField(max_length=12, blank=True)
    to = models.CharField(max_length=12)
    hold = models.CharField(max_length=10, blank=True)
    by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()
    due = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    mac = models.CharField(max_length=64)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["by", "case"], name="case_step_by", condition=~Q(by="")),)
        constraints = (models.UniqueConstraint(fields=["case", "seq"], name="case_step_once"),)
        verbose_name = _("step of a case")
        verbose_name_plural = _("steps of cases")

    def __str__(self) -> str:
        return f"{self.case_id} {self.step}"


class Voice(models.Model):
    """One person's report of a matter, kept in their own words when cases are merged. `reporter` is
    the people room's opaque id, "" where nobody gave a name; `by` took it in. `key` is the sender's
    own for this report, so that what is sent twice is told once."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="voices")
    source = models.CharField(max_length=12, choices=Source)
    words = models.TextField(blank=True)
    reporter = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=150, blank=True)
    key = models.CharField(max_length=64, default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["reporter"], name="voice_reporter", condition=~Q(reporter="")),
        )
        constraints = (
            models.UniqueConstraint(fields=["key"], name="voice_told_once", condition=~Q(key="")),
        )
        verbose_name = _("report")
        verbose_name_plural = _("reports")

    def __str__(self) -> str:
        return f"{self.case_id} {self.source}"


class Photo(models.Model):
    """A photo of a step; `name` is its file's, which nobody can guess."""

    class Shows(models.TextChoices):
        BEFORE = "before", _("Before")
        AFTER = "after", _("After")

    step = models.ForeignKey(CaseStep, on_delete=models.CASCADE, related_name="photos")
    shows = models.CharField(max_length=10, choices=Shows)
    name = models.CharField(max_length=40, unique=True)
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ("id",)
        verbose_name = _("photo")
        verbose_name_plural = _("photos")

    def __str__(self) -> str:
        return self.name


class CaseText(models.Model):
    """What a case is found by: its titles, its place, what people wrote; kept up by `finding.py`.
    `pieces` are those of `wording.pieces`, a blank between them."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="text")
    body = models.TextField()
    pieces = models.TextField()

    def __str__(self) -> str:
        return str(self.case_id)


class SavedSearch(models.Model):
    """A search that somebody keeps: for themselves, or for their whole `team`. `query` is what
    stands in the address, which holds nothing about who reported."""

    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)
    owner = models.CharField(max_length=150)
    team = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("name", "id")
        indexes = (
            models.Index(fields=["owner"], name="saved_search_owner"),
            models.Index(fields=["team"], name="saved_search_team"),
        )
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")

    def __str__(self) -> str:
        return self.name
