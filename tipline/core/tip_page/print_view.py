"""A tip on paper: everything that its page shows, with who its reader is only where a reason is given; recorded."""

from enum import StrEnum

from sqlmodel import Session

from tipline.core import access, events, readers
from tipline.core.access import Actor
from tipline.core.readers import Identity
from tipline.core.tips import identifying_answers
from tipline.core.tips.identifying_answers import IdentifyingAnswers
from tipline.errors import Refused
from tipline.models import Verb
from tipline.vocabularies import N_

NO_REASON = N_("Say why the reader’s identity must stand on paper.")


class PrintReason(StrEnum):
    """Why an identity is printed. A closed vocabulary, since the history holds it."""

    MEETING = "meeting"  # with the reader
    LAWYER = "lawyer"
    FACT_CHECK = "fact_check"
    READER = "reader"  # they asked for it


def hidden(session: Session, tip_id: int, *, identity: bool) -> IdentifyingAnswers:
    """What of its answers a sheet without an identity leaves out: nothing where the identity stands on it."""
    return (
        IdentifyingAnswers()
        if identity
        else identifying_answers.of(session, [tip_id]).get(tip_id, IdentifyingAnswers())
    )


def record(
    session: Session, tip_id: int, by: Actor, why: PrintReason | None = None, *, identity: bool = False
) -> Identity | None:
    """Write down that a tip is printed; who its reader is, where `identity` is asked for. NotVisible; NotAllowed for
    who opens no identities; Refused without a reason."""
    access.tip(session, tip_id, by)
    if identity and why is None and by.works_tips:
        raise Refused(NO_REASON)
    found = readers.identity(session, tip_id, by) if identity else None
    events.record(session, Verb.PRINTED, by=by, tip_id=tip_id, after=why or "" if identity else "")
    return found
