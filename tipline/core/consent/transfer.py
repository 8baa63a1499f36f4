"""What becomes of a consent when a tip gets another reader, or the words of another tip."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import consent, events
from tipline.core.access import Actor
from tipline.core.arrival import ConsentChoice
from tipline.core.consent import latest
from tipline.db import now
from tipline.models import Consent, Event, Tip, Verb


def nobody_said(session: Session, tip: Tip, by: Actor) -> None:
    """The tip has another reader now, of whom no consent is known: what stood there was somebody else's. What was
    chosen stays so, off the public page and without a name."""
    assert tip.id is not None
    unknown = ConsentChoice.UNKNOWN
    session.add(Consent(tip_id=tip.id, choice=unknown, said_at=now(), source=tip.source, recorded_by=by.account_id))
    events.record(session, Verb.CONSENT, by=by, tip_id=tip.id, before=tip.consent, after=unknown)
    consent.stands(session, tip, unknown)
    for item in consent.published(session, tip):
        consent.take_off(session, item, by)
    consent.take_names(session, tip, by)


def merged(session: Session, tip: Tip, former: Tip, withheld: Collection[int], by: Actor, today: date) -> None:
    """Everything of `former` stands with `tip` now: the stricter of what they allow counts for all of it, as far as
    `former` says anything. `withheld` are questions whose answers stay out of print beside those that do already."""
    strict = stricter(session, tip, former)
    held = consent.kept_out(session, tip) | set(withheld)
    changed = consent.change_alone(session, tip, strict, today=today, by=by, withheld=held, source=former.source)
    if not changed and _newest(session, tip) not in (None, strict):
        consent.record(session, tip, strict, by=by, withheld=held, source=former.source)
    if not changed and _exceeded(session, tip, former):
        consent.alarm(session, tip, former.consent, today, by)
    consent.take_names(session, tip, by)


def stricter(session: Session, tip: Tip, former: Tip) -> ConsentChoice:
    """The stricter of what two tips allow, as far as `former` says anything."""
    said = (tip.consent, former.consent) if _ever_said(session, former) else (tip.consent,)
    return max(said, key=latest.STRICTNESS.__getitem__)


def _newest(session: Session, tip: Tip) -> ConsentChoice | None:
    """What the entry says that counts, those that came from the other tip among them: it must be what stands."""
    entries = consent.history(session, tip.id or 0)
    return entries[0].choice if entries else None


def _exceeded(session: Session, tip: Tip, former: Tip) -> bool:
    """Whether more was made of the words of `former` than counts now: the gallery shows them, or they were used."""
    if any(not consent.covers(session, tip, item) for item in consent.published(session, tip)):
        return True
    return latest.is_stricter(tip.consent, former.consent) and consent.was_published(session, former)


def _ever_said(session: Session, tip: Tip) -> bool:
    entry = select(col(Event.id)).where(col(Event.tip_id) == tip.id, col(Event.verb) == Verb.CONSENT)
    return session.scalars(entry.limit(1)).first() is not None
