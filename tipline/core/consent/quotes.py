"""A reader's words on their way out of the newsroom: only as far as they allow it, with their name or without."""

from dataclasses import dataclass

from sqlmodel import Session

from tipline.core import access, consent, events, readers
from tipline.core.access import Actor
from tipline.core.consent import ConsentVerdict
from tipline.core.readers import redaction
from tipline.core.readers.redaction import IdentifyingValues, Kind
from tipline.core.tips import highlights, stories
from tipline.errors import NotVisible, Refused
from tipline.models import Answer, Verb


@dataclass(frozen=True, slots=True)
class QuotableText:
    """Words to be copied. `name` is "" where the reader is not to be named, or is not known; `cut`: what gives the
    reader away, beyond what they allow, was left out."""

    text: str
    name: str
    cut: bool = False


def quote(
    session: Session, tip_id: int, by: Actor, answer_id: int | None = None, passage_id: int | None = None
) -> QuotableText:
    """An answer, a marked passage, or (neither) the story, for use; recorded. NotVisible, NotAllowed; Refused with the
    reason where the reader does not allow it."""
    tip = access.tip_to_work(session, tip_id, by)
    answer = session.get(Answer, answer_id) if answer_id is not None else None
    if answer_id is not None and (answer is None or answer.tip_id != tip_id):
        raise NotVisible("answer")
    passage = highlights.to_quote(session, tip, passage_id) if passage_id is not None else None
    allowed = consent.allows(session, tip, passage or answer)
    if not allowed.may_leave:
        raise Refused(allowed.reason)
    text = passage.passage if passage else answer.value if answer else stories.story(session, tip_id)
    person = readers.person(session, tip.reader_id) if allowed.verdict is ConsentVerdict.NAME else None
    events.record(
        session, Verb.QUOTED, by=by, tip_id=tip_id, object_id=answer.id if answer else None, after=allowed.verdict
    )
    plain = _as_far_as_allowed(redaction.of_tip(session, tip), text, by_name=allowed.verdict is ConsentVerdict.NAME)
    return QuotableText(plain, person.name if person else "", cut=plain != text)


def _as_far_as_allowed(known: IdentifyingValues, text: str, *, by_name: bool) -> str:
    """Without the sign-off, addresses and phones; where the name is not allowed, without that, too."""
    kinds = (Kind.ADDRESS, Kind.PHONE) if by_name else tuple(Kind)
    return known.without(known.unsigned(text), kinds).strip()
