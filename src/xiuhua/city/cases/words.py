"""The words of the closed loop: what a step is called, and why one is refused."""

from __future__ import annotations

from django.utils.functional import Promise as Words
from django.utils.translation import gettext_lazy as _

from .models import Source
from .ways import Hold, Promise, Refusal, Side, Stage, Step

__all__ = ["Source"]

STEPS: dict[Step, Words] = {
    Step.FILE: _("File"),
    Step.ASK_VERIFY: _("Have it verified"),
    Step.VERIFY: _("Verified: it is so"),
    Step.REFUTE: _("Verified: it is not so"),
    Step.WRITE_UP: _("Write up"),
    Step.DISPATCH: _("Dispatch"),
    Step.SETTLE: _("Settle who takes it"),
    Step.RESUME: _("Resume"),
    Step.GRANT: _("Grant more time"),
    Step.DENY: _("Deny more time"),
    Step.ACCEPT: _("Take it on"),
    Step.HANDLE: _("Done, send the proof"),
    Step.APPROVE: _("Inspected: in order"),
    Step.REWORK: _("Inspected: not in order"),
    Step.CONTACT: _("Note the first contact"),
    Step.ANSWER: _("Note the answer"),
    Step.CALL_BACK: _("Note the call-back"),
    Step.CLOSE: _("Close the case"),
    Step.UPHOLD: _("Agree to the appeal"),
    Step.DISMISS: _("Dismiss the appeal"),
    Step.APPEAL: _("Appeal"),
    Step.RETURN: _("Hand back"),
    Step.ASK_MORE: _("Ask for more time"),
    Step.SUSPEND: _("Suspend"),
    Step.RECALL: _("Recall from the team"),
    Step.SEND_BACK: _("Send back to the desk"),
    Step.BUNDLE: _("Bundle with another"),
    Step.UNBUNDLE: _("Take out of the bundle"),
    Step.URGE: _("Urge"),
    Step.SUPERVISE: _("Supervise"),
    Step.EMERGENCY: _("Call it an emergency"),
    Step.MERGE: _("Merge into another"),
    Step.UNMERGE: _("Undo the merging"),
    Step.DECLINE: _("Do not file"),
    Step.VOID: _("Make void"),
    Step.REOPEN: _("Reopen"),
}
"""On the button."""

TAKEN: dict[str, Words] = {
    "open": _("Opened"),
    "joined": _("Another was merged into it"),
    "parted": _("A merging was undone"),
    "told": _("The reporter added something"),
    "pressed": _("The reporter asked to hurry"),
    "rated": _("The reporter rated it"),
    "contested": _("The reporter disagrees"),
    Step.FILE: _("Filed"),
    Step.ASK_VERIFY: _("Sent to be verified"),
    Step.VERIFY: _("Verified, it is so"),
    Step.REFUTE: _("Verified, it is not so"),
    Step.WRITE_UP: _("Written up"),
    Step.DISPATCH: _("Dispatched"),
    Step.SETTLE: _("Settled in consultation"),
    Step.RESUME: _("Resumed"),
    Step.GRANT: _("More time granted"),
    Step.DENY: _("More time denied"),
    Step.ACCEPT: _("Taken on"),
    Step.HANDLE: _("Handled"),
    Step.APPROVE: _("Inspected, in order"),
    Step.REWORK: _("Inspected, not in order"),
    Step.CONTACT: _("First contact made"),
    Step.ANSWER: _("Answered"),
    Step.CALL_BACK: _("Called back"),
    Step.CLOSE: _("Closed"),
    Step.UPHOLD: _("Appeal agreed to"),
    Step.DISMISS: _("Appeal dismissed"),
    Step.APPEAL: _("Appealed"),
    Step.RETURN: _("Handed back"),
    Step.ASK_MORE: _("More time asked for"),
    Step.SUSPEND: _("Suspended"),
    Step.RECALL: _("Recalled"),
    Step.SEND_BACK: _("Sent back to the desk"),
    Step.BUNDLE: _("Bundled"),
    Step.UNBUNDLE: _("Taken out of the bundle"),
    Step.URGE: _("Urged"),
    Step.SUPERVISE: _("Put under supervision"),
    Step.EMERGENCY: _("Called an emergency"),
    Step.MERGE: _("Merged"),
    Step.UNMERGE: _("Merging undone"),
    Step.DECLINE: _("Not filed"),
    Step.VOID: _("Made void"),
    Step.REOPEN: _("Reopened"),
}
"""In the history."""

NOTES: dict[Step, Words] = {
    Step.REFUTE: _("What was found on the spot"),
    Step.WRITE_UP: _("What happened, for the file"),
    Step.SETTLE: _("What was agreed, and why this team"),
    Step.DENY: _("Why not"),
    Step.HANDLE: _("What was done"),
    Step.REWORK: _("What is not in order"),
    Step.CONTACT: _("What was said"),
    Step.ANSWER: _("What was answered"),
    Step.UPHOLD: _("The reason"),
    Step.DISMISS: _("Why not"),
    Step.APPEAL: _("Why the delay was not the team's"),
    Step.RETURN: _("Why it comes back"),
    Step.ASK_MORE: _("Why more time is needed"),
    Step.SUSPEND: _("Why it waits"),
    Step.RECALL: _("Why it is recalled"),
    Step.SEND_BACK: _("What is to be put right"),
    Step.URGE: _("To the team"),
    Step.SUPERVISE: _("What is expected, until when"),
    Step.EMERGENCY: _("Why it is an emergency"),
    Step.DECLINE: _("Why it is not filed"),
    Step.UNMERGE: _("Why it is a matter of its own"),
    Step.UNBUNDLE: _("Why it goes by its own clock"),
    Step.VOID: _("Why it is void"),
    Step.REOPEN: _("What is not mended after all"),
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
"""The key that goes to the step's form; the rarer steps have none."""

SIDES: dict[Side, Words] = {
    Side.SUPERVISION: _("Supervision"),
    Side.COMMAND: _("Command"),
    Side.UNIT: _("The unit"),
    Side.SUPERIOR: _("Superiors"),
}

PROMISES: dict[Promise, Words] = {
    Promise.CONTACT: _("First contact"),
    Promise.ANSWER: _("Answer"),
    Promise.CALL_BACK: _("Call-back"),
}

HOLDS: dict[Hold, Words] = {
    Hold.SUSPENDED: _("Suspended: the clock stands still"),
    Hold.ASKING: _("More time is asked for: the clock stands still until it is decided"),
}

COLLECTION, FEEDBACK = _("Collection"), _("Feedback")

NATIONAL: tuple[tuple[Words, frozenset[Stage]], ...] = (
    (COLLECTION, frozenset()),
    (_("Filing"), frozenset({Stage.REPORTED, Stage.VERIFYING})),
    (_("Dispatching"), frozenset({Stage.FILED, Stage.CONSULTING})),
    (_("Handling"), frozenset({Stage.DISPATCHED, Stage.HANDLING})),
    (FEEDBACK, frozenset()),
    (_("Inspection and closing"), frozenset({Stage.HANDLED, Stage.INSPECTED})),
    (_("Evaluation"), frozenset({Stage.CLOSED})),
)
"""The seven national stages, and where of ours each of them is going on. Collection is over when a
case exists, feedback the moment the proof is sent."""

HUANGPU: tuple[tuple[Words, frozenset[Stage]], ...] = (
    (_("Finding"), frozenset()),
    (_("Putting on file"), frozenset({Stage.REPORTED, Stage.VERIFYING})),
    (_("Assigning"), frozenset({Stage.FILED, Stage.CONSULTING})),
    (_("Disposal"), frozenset({Stage.DISPATCHED, Stage.HANDLING})),
    (_("Checking"), frozenset({Stage.HANDLED})),
    (_("Conclusion"), frozenset({Stage.INSPECTED})),
)
"""The six as Huangpu District of Shanghai says them."""

DISPLAYS = {"national": NATIONAL, "huangpu": HUANGPU}
"""By the setting `XIUHUA_CASE_STAGES`: the same machine in other words."""

REFUSALS: dict[Refusal, Words] = {
    Refusal.ENDED: _("The case has ended; nothing more can be done to it."),
    Refusal.STAGE: _("The case is not at that stage now. Please look at it again."),
    Refusal.ROLE: _("This step is not yours: another role does it."),
    Refusal.OTHER_TEAM: _("The case is with another team."),
    Refusal.OWN_WORK: _("You handled this case yourself; somebody else must inspect it."),
    Refusal.OWN_COMMAND: _(
        "You sent the team yourself. Supervision and command stay apart: somebody else must judge."
    ),
    Refusal.SUSPENDED: _("The case is suspended. Please resume it first."),
    Refusal.ASKING: _("More time is asked for. Please decide that first."),
    Refusal.NOT_HELD: _("The case is not suspended, and no time is asked for."),
    Refusal.NOT_VERIFIED: _("What residents report is verified on the spot before it is filed."),
    Refusal.WRITE_UP_OWED: _(
        "The write-up is still owed. Please write the case up, then close it."
    ),
    Refusal.ANSWER_OWED: _("The reporter has no answer yet. Please answer, then close."),
    Refusal.CALL_BACK_OWED: _("The reporter was not called back yet. Please call, then close."),
    Refusal.NOTHING_OWED: _("That is done already."),
    Refusal.UNSEEN_DANGER: _("Nobody has been on the spot yet: a danger is not made void unseen."),
    Refusal.DANGER_WAITS_NOT: _("Where a life may be at risk, nothing is put off."),
    Refusal.BOUND: _("A consultation gave the case to this team; it is not handed back again."),
    Refusal.TOO_LATE: _("The limit is over; more time is asked for before it is."),
    Refusal.NO_APPEAL: _("There is nothing to appeal, or the appeal is decided."),
    Refusal.SAME_REVIEWER: _("You have agreed already; a second person must agree too."),
    Refusal.NOT_BUNDLED: _("It is in no bundle."),
    Refusal.MERGED_ON: _("The case that it went into was itself merged. Undo that first."),
    Refusal.NEEDS_NOTE: _("Please say in a few words what was done, or why."),
    Refusal.NEEDS_TEAM: _("Please choose the team that shall go."),
    Refusal.NEEDS_PHOTO: _("Please add at least one photo of how it looks afterwards."),
    Refusal.NEEDS_STANDARD: _("Please choose the filing condition that is met."),
    Refusal.NEEDS_MORE: _("Please say how much more time."),
    Refusal.NEEDS_UNTIL: _("Please choose the day, from tomorrow on, when it is looked at again."),
    Refusal.NEEDS_OTHER: _("Please give the number of another case that this can be joined to."),
    Refusal.NEEDS_SATISFIED: _("Please say whether the reporter is satisfied."),
    Refusal.NEEDS_VERDICT: _("Please say whether the alert was true."),
    Refusal.NEEDS_CAUSE: _("Please say what caused the false alarm."),
    Refusal.UNSATISFIED: _(
        "The reporter is not satisfied. Please say why it is closed all the same, or have it "
        "reworked."
    ),
}
