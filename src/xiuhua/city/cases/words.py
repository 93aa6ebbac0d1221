"""The words of the closed loop: what a step is called, and why one is refused."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .machine import Refusal, Stage, Step

STEPS: dict[Step, Promise] = {
    Step.FILE: _("File"),
    Step.WRITE_UP: _("Write up"),
    Step.DISPATCH: _("Dispatch"),
    Step.ACCEPT: _("Take it on"),
    Step.HANDLE: _("Done, send the proof"),
    Step.APPROVE: _("Inspected: in order"),
    Step.REWORK: _("Inspected: not in order"),
    Step.CLOSE: _("Close the case"),
    Step.RETURN: _("Hand back"),
    Step.VOID: _("Make void"),
}
"""On the button."""

TAKEN: dict[str, Promise] = {
    "open": _("Opened"),
    Step.FILE: _("Filed"),
    Step.WRITE_UP: _("Written up"),
    Step.DISPATCH: _("Dispatched"),
    Step.ACCEPT: _("Taken on"),
    Step.HANDLE: _("Handled"),
    Step.APPROVE: _("Inspected, in order"),
    Step.REWORK: _("Inspected, not in order"),
    Step.CLOSE: _("Closed"),
    Step.RETURN: _("Handed back"),
    Step.VOID: _("Made void"),
}
"""In the history."""

NOTES: dict[Step, Promise] = {
    Step.WRITE_UP: _("What happened, for the file"),
    Step.HANDLE: _("What was done"),
    Step.REWORK: _("What is not in order"),
    Step.RETURN: _("Why it comes back"),
    Step.VOID: _("Why it is void"),
}
"""What a step's note is asked for."""

KEYS: dict[Step, str] = {
    Step.FILE: "F",
    Step.WRITE_UP: "W",
    Step.DISPATCH: "D",
    Step.ACCEPT: "A",
    Step.HANDLE: "H",
    Step.APPROVE: "Y",
    Step.REWORK: "N",
    Step.CLOSE: "C",
    Step.RETURN: "R",
    Step.VOID: "V",
}
"""The key that goes to the step's form."""

NATIONAL: tuple[tuple[Promise, frozenset[Stage]], ...] = (
    (_("Collection"), frozenset()),
    (_("Filing"), frozenset({Stage.REPORTED})),
    (_("Dispatching"), frozenset({Stage.FILED})),
    (_("Handling"), frozenset({Stage.DISPATCHED, Stage.HANDLING})),
    (_("Feedback"), frozenset()),
    (_("Inspection and closing"), frozenset({Stage.HANDLED, Stage.INSPECTED})),
    (_("Evaluation"), frozenset({Stage.CLOSED})),
)
"""The seven national stages, and where of ours each of them is going on. Collection is over when a
case exists, feedback the moment the proof is sent."""

REFUSALS: dict[Refusal, Promise] = {
    Refusal.ENDED: _("The case has ended; nothing more can be done to it."),
    Refusal.STAGE: _("The case is not at that stage now. Please look at it again."),
    Refusal.ROLE: _("This step is not yours: another role does it."),
    Refusal.OTHER_TEAM: _("The case is with another team."),
    Refusal.OWN_WORK: _("You handled this case yourself; somebody else must inspect it."),
    Refusal.WRITE_UP_OWED: _(
        "The write-up is still owed. Please write the case up, then close it."
    ),
    Refusal.NOTHING_OWED: _("The case has been written up already."),
    Refusal.UNSEEN_DANGER: _("Nobody has been on the spot yet: a danger is not made void unseen."),
    Refusal.NEEDS_NOTE: _("Please say in a few words what was done, or why."),
    Refusal.NEEDS_TEAM: _("Please choose the team that shall go."),
    Refusal.NEEDS_PHOTO: _("Please add at least one photo of how it looks afterwards."),
}
