"""Suggested facts: what core.fact_extraction reads in the stories, later messages and answers of tips, kept by the
worker.

It looks at tips after they were filed, the newest first, so that no story waits for it; and again at all
of them once it reads better (FACTS_VERSION), without touching what a reporter confirmed or rejected.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, exists, select, text
from sqlmodel import Session, col

from tipline.core import row_batches
from tipline.core.arrival import Automatic
from tipline.core.fact_extraction import FACTS_VERSION, notice
from tipline.core.facts.fact_values import READ, folded
from tipline.db import now
from tipline.models import Answer, AnswerChoice, Direction, Fact, FactState, FactType, Message, Tip
from tipline.models.fact import MAX_VALUE_LENGTH
from tipline.models.tip import NOT_MERGED
from tipline.vocabularies import FactKind

MAX_SUGGESTIONS_PER_TIP = 60  # suggested of one tip
MAX_MESSAGES_PER_TIP = 100  # of one tip, the oldest; each is read as far as core.fact_extraction goes
READ_OF_TIP = 200_000  # characters of one tip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was read first. Without `begin` it was in a subject."""

    value: str
    message_id: int | None = None
    answer_id: int | None = None
    begin: int | None = None
    until: int | None = None


Found = Mapping[tuple[FactKind, str], Place]  # by kind and folded value


@dataclass(frozen=True, slots=True)
class ReadFacts:
    """What was read in a tip, and how the tip stood then: one that changed since is read anew."""

    found: Found
    version: int
    updated_at: datetime


def waiting(session: Session, limit: int) -> list[int]:
    """The tips that were not read by this version of the suggester, the newest first: before those that an older one
    has read, those that none has."""
    for version in range(FACTS_VERSION):
        query = select(col(Tip.id)).where(col(Tip.facts_version) == version, text(NOT_MERGED))
        found = [tip_id for tip_id in session.scalars(query.order_by(col(Tip.id).desc()).limit(limit)) if tip_id]
        if found:
            return found
    return []


def prepare(session: Session, tip_id: int) -> ReadFacts | None:
    """Read a tip; it only reads, and takes most of the time. None where it is gone."""
    asked = select(col(Tip.facts_version), col(Tip.updated_at), col(Tip.received_at)).where(col(Tip.id) == tip_id)
    tip = session.execute(asked).one_or_none()
    if tip is None:
        return None
    found: dict[tuple[FactKind, str], Place] = {}
    left = READ_OF_TIP
    for words, written, place in _texts(session, tip_id, tip.received_at.date()):
        for one in notice(words[:left], written):
            key = one.kind, folded(one.value)
            if (
                len(found) < MAX_SUGGESTIONS_PER_TIP
                and key[1]
                and len(one.value) <= MAX_VALUE_LENGTH
                and key not in found
            ):
                found[key] = _place(one.value, place, one.start, one.end)
        left -= len(words)
        if left <= 0 or len(found) >= MAX_SUGGESTIONS_PER_TIP:
            break
    return ReadFacts(found, tip.facts_version, tip.updated_at)


def unread(session: Session, tip_id: int) -> ReadFacts | None:
    """As `prepare`, of a tip that can't be read: nothing is suggested, and it is not tried again and again."""
    asked = select(col(Tip.facts_version), col(Tip.updated_at)).where(col(Tip.id) == tip_id)
    tip = session.execute(asked).one_or_none()
    return ReadFacts({}, tip.facts_version, tip.updated_at) if tip else None


def _place(value: str, place: Place, begin: int, until: int) -> Place:
    in_subject = place.begin is None
    return Place(
        value, place.message_id, place.answer_id, None if in_subject else begin, None if in_subject else until
    )  # fmt: skip


def _texts(session: Session, tip_id: int, received: date) -> Iterator[tuple[str, date, Place]]:
    """What the reader wrote: each text, the day on which it came, and where it stands. Machines are not read."""
    told = (
        select(col(Message.id), col(Message.subject), col(Message.text), col(Message.created_at))
        .where(col(Message.tip_id) == tip_id, col(Message.direction) == Direction.IN)
        .where(col(Message.automatic).in_((Automatic.NO, Automatic.LIST)))
        .order_by(col(Message.created_at), col(Message.id))
        .limit(MAX_MESSAGES_PER_TIP)
    )
    seen = set()
    for message_id, subject, words, at in session.execute(told):
        seen.add(words)
        yield words, at.date(), Place("", message_id=message_id, begin=0)
        yield subject, at.date(), Place("", message_id=message_id)
    chosen = exists(select(col(AnswerChoice.answer_id)).where(col(AnswerChoice.answer_id) == col(Answer.id)))
    written = (
        select(col(Answer.id), col(Answer.value))
        .where(col(Answer.tip_id) == tip_id, col(Answer.number).is_(None), ~chosen)
        .order_by(col(Answer.position))
        .limit(MAX_MESSAGES_PER_TIP)
    )
    for answer_id, value in session.execute(written):
        if value not in seen:
            yield value, received, Place("", answer_id=answer_id, begin=0)


def take_in(session: Session, told: Mapping[int, ReadFacts]) -> int:
    """Keep what was read in these tips; returns of how many.

    It waits for nobody who changes a tip meanwhile, and takes nothing of one that changed since it was read: such a
    one comes next time.
    """
    query = select(Tip).where(col(Tip.id).in_(told), text(NOT_MERGED)).order_by(col(Tip.id))
    tips = session.scalars(query.with_for_update(skip_locked=True).execution_options(populate_existing=True)).all()
    fresh = [tip for tip in tips if _is_as_read(tip, told[tip.id or 0])]
    types = _types(session)
    there = _there(session, [tip.id or 0 for tip in fresh])
    for tip in fresh:
        _keep(session, tip.id or 0, told[tip.id or 0].found, there.get(tip.id or 0, []), types)
        tip.facts_version = FACTS_VERSION
        session.add(tip)
    session.flush()
    return len(fresh)


def _is_as_read(tip: Tip, told: ReadFacts) -> bool:
    return (tip.facts_version, tip.updated_at) == (told.version, told.updated_at)


def _types(session: Session) -> dict[FactKind, int]:
    """The types whose values are read here. An archived one is offered to nobody, and so not suggested."""
    query = select(FactType).where(col(FactType.kind).in_(READ), ~col(FactType.archived))
    return {FactKind(row.kind.value): row.id or 0 for row in session.scalars(query)}


def _there(session: Session, tip_ids: Collection[int]) -> dict[int, list[Fact]]:
    found: dict[int, list[Fact]] = {}
    for fact in session.scalars(select(Fact).where(col(Fact.tip_id).in_(tip_ids))):
        found.setdefault(fact.tip_id, []).append(fact)
    return found


def _keep(session: Session, tip_id: int, found: Found, there: list[Fact], types: Mapping[FactKind, int]) -> None:
    """Suggest what is new, and nothing any more that is not read now. What a reporter decided stays as it is."""
    wanted = {(types[kind], key): place for (kind, key), place in found.items() if kind in types}
    mine = set(types.values())
    known = {(fact.type_id, fact.folded): fact for fact in there}
    gone = [
        fact.id
        for place, fact in known.items()
        if fact.state is FactState.SUGGESTED and fact.type_id in mine and place not in wanted
    ]
    if gone:
        session.execute(delete(Fact).where(col(Fact.id).in_(gone)))
    at = now()
    for (type_id, key), place in wanted.items():
        fact = known.get((type_id, key))
        if fact is None:
            row_batches.write(
                session, Fact, tip_id=tip_id, type_id=type_id, value=place.value, folded=key,
                state=FactState.SUGGESTED, message_id=place.message_id, answer_id=place.answer_id, begin=place.begin,
                until=place.until, created_at=at,
            )  # fmt: skip
        elif fact.state is FactState.SUGGESTED:
            fact.value, fact.message_id, fact.answer_id = place.value, place.message_id, place.answer_id
            fact.begin, fact.until = place.begin, place.until
            session.add(fact)
