"""How it is safe to reach a reader. What they say of one tip goes for what was split off it: to them it is the same
conversation."""

from sqlmodel import Session

from tipline.core import events
from tipline.core.tips import last_activity, merged
from tipline.models import ActorKind, Tip, Verb
from tipline.vocabularies import ContactChoice

# The later of two gives away less: a mail may be read by others, a call is heard by those nearby.
CAREFUL = (ContactChoice.UNKNOWN, ContactChoice.EMAIL, ContactChoice.PHONE, ContactChoice.PAGE, ContactChoice.NO)


def is_more_careful(way: ContactChoice, before: ContactChoice) -> bool:
    return CAREFUL.index(way) > CAREFUL.index(before)


def said(session: Session, tip: Tip, way: ContactChoice) -> bool:
    """The reader says how it is safe to reach them from now on; False where that is what they said before."""
    family = [one.id or 0 for one in merged.family(session, tip.id or 0)]
    others = [one for one in (tip, *merged.split_off(session, family)) if one.contact is not way]
    for one in others:
        event = events.record(
            session, Verb.SAFE_WAY, by=ActorKind.READER, tip_id=one.id, before=one.contact, after=way
        )  # fmt: skip
        one.contact, one.updated_at = way, event.at
        last_activity.note(session, one, event.at)
    session.flush()
    return tip in others
