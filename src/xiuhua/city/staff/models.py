"""Who works here: members with one role each, in teams."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xiuhua.city.chain import Added, Head


class Role(models.TextChoices):
    DUTY_OFFICER = "duty_officer", _("Duty officer")
    SHIFT_LEADER = "shift_leader", _("Shift leader")
    ACCEPTOR = "acceptor", _("Acceptor")
    DISPATCHER = "dispatcher", _("Dispatcher")
    GRID_SUPERVISOR = "grid_supervisor", _("Grid supervisor")
    HANDLER = "handler", _("Handler")
    GATE_GUARD = "gate_guard", _("Gate guard")
    STATION_HEAD = "station_head", _("Metro station head")
    RAIL_POLICE = "rail_police", _("Rail-transit police officer")
    POLICE_HEAD = "police_head", _("Police station head")
    SUBDISTRICT_HEAD = "subdistrict_head", _("Sub-district head")
    DISTRICT_OFFICER = "district_officer", _("District officer")
    WINDOW_CLERK = "window_clerk", _("Window clerk")
    SOCIAL_WORKER = "social_worker", _("Social worker")
    CARE_ADVISER = "care_adviser", _("Elder-care adviser")
    CARE_WORKER = "care_worker", _("Care worker")
    DOCTOR = "doctor", _("Community doctor")
    NURSE = "nurse", _("Nurse")
    SUGGESTION_OFFICER = "suggestion_officer", _("Suggestion officer")
    INTEGRATOR = "integrator", _("Integrator")
    AUDITOR = "auditor", _("Auditor")
    SYSTEM_ADMIN = "system_admin", _("System administrator")
    SECURITY_ADMIN = "security_admin", _("Security administrator")


class TeamKind(models.TextChoices):
    GUARD = "guard", _("Guards")
    PROPERTY = "property", _("Property management")
    REPAIR = "repair", _("Repair crew")
    FIRE = "fire", _("Micro fire station")
    MANAGEMENT = "management", _("City management")
    DUTY = "duty", _("Command centre")


class Skill(models.TextChoices):
    """What a matter may ask of whoever goes, and not everybody can or may do."""

    ELECTRICITY = "electricity", _("Electrician")
    GAS = "gas", _("Gas fitter")
    LIFT = "lift", _("Lift technician")
    HEIGHT = "height", _("Work at height")
    CONFINED = "confined", _("Confined spaces")
    FIRE = "fire", _("Fire fighting")
    FIRST_AID = "first_aid", _("First aid")


class Team(models.Model):
    """A team that cases go to. `sites` are the codes it serves; empty: all of them. `phone` is its
    post's, which is rung before its people's."""

    code = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(max_length=16, choices=TeamKind.choices)
    zh = models.CharField(max_length=100)
    en = models.CharField(max_length=200)
    sites = models.JSONField(default=list)
    phone = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The team's name in the reader's language."""
        return self.en if get_language() == "en" else self.zh


class Member(models.Model):
    """A person's account in the house: exactly one role, so that duties stay apart, and "" while
    none is granted (`grants`).

    `demo` marks an account whose password lies in HOME/demo.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True)
    role = models.CharField(max_length=32, choices=Role.choices, db_index=True, blank=True)
    zh = models.CharField(max_length=100)
    en = models.CharField(max_length=200)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="members")
    phone = models.CharField(max_length=32, blank=True)
    demo = models.BooleanField(default=False)
    skills = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The member's name in the reader's language."""
        return self.en if get_language() == "en" else self.zh

    @property
    def masked_phone(self) -> str:
        """The telephone number with its middle hidden."""
        return f"{self.phone[:3]}****{self.phone[-4:]}" if len(self.phone) > 7 else "****"


class RoleWish(models.Model):
    """A role, with its team, that the system administrator asks for an account. It does not count
    before the security administrator grants it."""

    member = models.OneToOneField(Member, models.CASCADE, primary_key=True, related_name="wish")
    role = models.CharField(max_length=32, choices=Role.choices)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+")
    why = models.CharField(max_length=300)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.member} {self.role}"


class Grant(Added):
    """One link of the chain of what happened to accounts: `by` an account, "" for whoever installs;
    `mac` is keyed over the row and the `mac` before it."""

    class What(models.TextChoices):
        LOADED = "loaded", _("Loaded by whoever installs")
        ASKED = "asked", _("Asked for")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Turned down")
        CLOSED = "closed", _("Account closed")
        PASSWORD = "password", _("Password set by the administrator")
        FACTOR = "factor", _("Second factor taken away by the administrator")

    seq = models.BigIntegerField(primary_key=True)
    at = models.BigIntegerField()
    what = models.CharField(max_length=10, choices=What)
    username = models.CharField(max_length=150)
    role = models.CharField(max_length=32, blank=True)
    team = models.CharField(max_length=64, blank=True)
    why = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=150, blank=True)
    mac = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.seq} {self.username}"


class GrantsHead(Head):
    """The end of the chain of grants."""


class Responsibility(Added):
    """Whose a class of cases is in a place of any size: the newest row of a class and place counts,
    and of places that lie in one another the most particular. "" is every class, or every place;
    `main` "" gives it back. Rows are only ever added, so that one sees who had it when."""

    case_class = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=64, blank=True)
    main = models.CharField(max_length=64, blank=True)
    helper = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["case_class", "place", "-id"], name="whose_newest"),)
        verbose_name = _("responsibility")
        verbose_name_plural = _("responsibilities")

    def __str__(self) -> str:
        return f"{self.case_class or '*'} {self.place or '*'} {self.main}"


class Watch(models.Model):
    """A turn of duty 值班 of one member. Who swaps it passes it on; `was` keeps whose it was."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="watches")
    since = models.DateTimeField()
    until = models.DateTimeField()
    was = models.ForeignKey(Member, models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ("since", "id")
        indexes = (models.Index(fields=["until", "since"], name="watch_time"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("since")), name="watch_lasts"
            ),
        )
        verbose_name = _("turn of duty")
        verbose_name_plural = _("turns of duty")

    def __str__(self) -> str:
        return f"{self.member_id} {self.since:%m-%d %H:%M}"


class Swap(models.Model):
    """One asks another to take a turn of duty; it changes hands when the other agrees."""

    watch = models.ForeignKey(Watch, models.CASCADE, related_name="swaps")
    to = models.ForeignKey(Member, models.CASCADE, related_name="+")
    asked = models.DateTimeField()
    answered = models.DateTimeField(null=True)
    agreed = models.BooleanField(default=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["watch"], condition=models.Q(answered=None), name="swap_one_open"
            ),
        )

    def __str__(self) -> str:
        return f"{self.watch_id} to {self.to_id}"


class Absence(models.Model):
    """Somebody is away: their turns of duty do not count in that time."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="absences")
    since = models.DateTimeField()
    until = models.DateTimeField()
    why = models.CharField(max_length=100)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-since", "-id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("since")), name="absence_lasts"
            ),
        )
        verbose_name = _("absence")
        verbose_name_plural = _("absences")

    def __str__(self) -> str:
        return f"{self.member_id} {self.since:%m-%d}"
