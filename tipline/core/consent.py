"""What a reader allows us to publish: dated entries, of which the newest counts."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import events
from tipline.core.access import Actor
from tipline.core.arrival import Arrival, ConsentChoice, Source
from tipline.db import now
from tipline.models import ActorKind, Consent, Tip, Verb


def record(
    session: Session, tip: Tip, choice: ConsentChoice, arrival: Arrival | None = None, *, by: Actor | None = None
) -> Consent:
    """Add an entry with what the reader was shown. `by` is the reporter who wrote it down for them."""
    assert tip.id is not None
    said_at: datetime = arrival.received_at if arrival else now()
    entry = Consent(
        tip_id=tip.id,
        choice=choice,
        said_at=said_at,
        source=arrival.source if arrival else Source.PHONE,
        language=arrival.language if arrival else "",
        wording=arrival.consent_wording[:1000] if arrival else "",
        withheld=sorted(answer.question_id for answer in arrival.answers if answer.withheld) if arrival else [],
        recorded_by=by.account_id if by else None,
    )
    session.add(entry)
    events.record(
        session, Verb.CONSENT, by=by or ActorKind.READER, tip_id=tip.id, before=tip.consent, after=choice, at=said_at
    )
    tip.consent = choice
    session.add(tip)
    return entry


def nobody_said(session: Session, tip: Tip, by: Actor) -> None:
    """The tip has another reader now, of whom no consent is known: what stood there was somebody else's."""
    assert tip.id is not None
    unknown = ConsentChoice.UNKNOWN
    session.add(Consent(tip_id=tip.id, choice=unknown, said_at=now(), source=tip.source, recorded_by=by.account_id))
    events.record(session, Verb.CONSENT, by=by, tip_id=tip.id, before=tip.consent, after=unknown)
    tip.consent = unknown
    session.add(tip)


def history(session: Session, tip_id: int) -> list[Consent]:
    """A tip's entries, newest first. The caller has asked `access.tip`."""
    return list(
        session.scalars(
            select(Consent)
            .where(col(Consent.tip_id) == tip_id)
            .order_by(col(Consent.said_at).desc(), col(Consent.id).desc())
        )
    )
