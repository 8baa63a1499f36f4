"""Piles: tips of one callout that say nearly the same, put together as they come in, by the worker.

A new story is held against the newest that share prints with it, by the words that stand there, whether there are two
or ten thousand. Restricted and joined tips have no prints and are in no pile; a person takes a tip out for good.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as Runs
from dataclasses import dataclass
from typing import Unpack

from sqlalchemy import Select, bindparam, delete, exists, func, insert, select, text, union_all, update
from sqlmodel import Session, col

from tipline.core import access, events, vault
from tipline.core.access import Actor
from tipline.core.events import Cause
from tipline.core.similar.likeness import ALIKE, PRINTS, PRINTS_VERSION, READ, Run, alike, prints_of, runs_of
from tipline.core.words.text import words
from tipline.db import PILING, now, one_at_a_time
from tipline.models import Answer, AnswerChoice, Direction, Event, Message, Tip, TipPrint, Verb
from tipline.models.tip import IN_PILE, UNPRINTED
from tipline.sealing import new_id

NEWEST = 8  # tips that share a print and are looked at
COMPARED = 5  # of them, those that share most, by their words
MOST_MERGED = 1000  # tips of a pile that is put into a larger one
NO_PRINT = -1
APART = -1  # of prints_version: a person took it out of a pile


@dataclass(frozen=True, slots=True)
class Told:
    """A story, ready to be held against others."""

    runs: Runs[Run]
    prints: list[int]


def waiting(session: Session, limit: int) -> list[int]:
    """The tips that have no prints yet, the oldest first."""
    query = select(col(Tip.id)).where(text(UNPRINTED)).order_by(col(Tip.id)).limit(limit)
    return [tip_id for tip_id in session.scalars(query) if tip_id is not None]


def prepare(session: Session, tip_ids: Collection[int]) -> dict[int, Told]:
    """What `take_in` needs of these tips. It only reads, and takes most of the time."""
    callouts = session.execute(select(col(Tip.id), col(Tip.callout_id)).where(col(Tip.id).in_(tip_ids)))
    told, master = stories(session, tip_ids), vault.master(session)
    found = {}
    for tip_id, callout_id in callouts:
        runs = runs_of(words(told.get(tip_id, "")))
        found[tip_id] = Told(runs, prints_of(master, callout_id, runs))
    return found


def stories(session: Session, tip_ids: Collection[int]) -> dict[int, str]:
    """What these tips began with: subject, story, and what a form's reader wrote into its other fields."""
    first = select(func.min(col(Message.id))).where(
        col(Message.tip_id).in_(tip_ids), col(Message.direction) == Direction.IN
    )
    began = select(col(Message.tip_id), col(Message.subject), col(Message.text)).where(
        col(Message.id).in_(first.group_by(col(Message.tip_id)))
    )
    told = {tip_id: f"{subject}\n{story}".strip() for tip_id, subject, story in session.execute(began)}
    chosen = exists(select(col(AnswerChoice.answer_id)).where(col(AnswerChoice.answer_id) == col(Answer.id)))
    written = (
        select(col(Answer.tip_id), col(Answer.value))
        .where(col(Answer.tip_id).in_(tip_ids), col(Answer.number).is_(None), ~chosen)
        .order_by(col(Answer.position))
    )
    for tip_id, value in session.execute(written):
        if value not in told.get(tip_id, ""):
            told[tip_id] = f"{told.get(tip_id, '')}\n{value}".strip()
    return {tip_id: story[:READ] for tip_id, story in told.items()}


def take_in(session: Session, told: Mapping[int, Told]) -> int:
    """Keep the prints of these tips, and put each with those like it; returns how many.

    It waits for nobody who changes a tip meanwhile: such a one comes next time.
    """
    one_at_a_time(session, PILING)
    fresh = select(Tip).where(col(Tip.id).in_(told), text(UNPRINTED)).order_by(col(Tip.id))
    tips = session.scalars(fresh.with_for_update(skip_locked=True)).all()
    session.execute(delete(TipPrint).where(col(TipPrint.tip_id).in_([tip.id for tip in tips])))
    return sum(_take_in(session, tip, told[tip.id or 0]) for tip in tips)


def _take_in(session: Session, tip: Tip, told: Told) -> bool:
    shared = _sharing(session, told.prints) if tip.pile is None else Counter()
    most = sorted(shared, key=lambda tip_id: (-shared[tip_id], -tip_id))[:COMPARED]
    # By their ids alone: with more conditions SQLite may walk all tips of the callout.
    found = select(Tip).where(col(Tip.id).in_(most)).with_for_update(skip_locked=True)
    others = session.scalars(found).all() if most else []
    if len(others) < len(most):
        return False
    _put_together(session, tip, told, [other for other in others if _may_join(tip, other)])
    tip.prints_version = PRINTS_VERSION
    session.flush()
    if told.prints:
        session.execute(insert(TipPrint), [{"value": value, "tip_id": tip.id} for value in told.prints])
    return True


def _put_together(session: Session, tip: Tip, told: Told, others: list[Tip]) -> None:
    """Hold a tip against others by their words, and give those that are alike one pile."""
    said = stories(session, [other.id or 0 for other in others]) if others else {}
    how = {tip_id: alike(told.runs, runs_of(words(story))) for tip_id, story in said.items()}
    like = [other for other in others if how.get(other.id or 0, 0.0) >= ALIKE]
    if not like:
        return
    piles = _largest_first(session, tip.callout_id, {other.pile for other in like if other.pile is not None})
    tip.pile = piles[0] if piles else new_id()
    for other in like:
        other.pile = other.pile or tip.pile
    session.flush()
    for pile in piles[1:]:
        _merge(session, tip.callout_id, pile, tip.pile)


def _largest_first(session: Session, callout_id: int, piles: Collection[int]) -> list[int]:
    """Piles of a callout by how many are in each; of those that have as many, the older."""
    if len(piles) < 2:
        return list(piles)
    there = (col(Tip.callout_id) == callout_id, col(Tip.pile).in_(piles), text(IN_PILE))
    many = select(col(Tip.pile), func.count()).where(*there).group_by(col(Tip.pile))
    return [pile for pile, _ in sorted(session.execute(many), key=lambda found: (-found[1], found[0]))]


def _merge(session: Session, callout_id: int, pile: int, into: int) -> None:
    """Copies of one template began two piles, whose first ones shared no print, and a later one is like both. Not
    where somebody changes one of its tips right now: the next copy sees to it."""
    all_of = select(col(Tip.id)).where(col(Tip.callout_id) == callout_id, col(Tip.pile) == pile, text(IN_PILE))
    many = session.scalar(select(func.count()).select_from(all_of.limit(MOST_MERGED + 1).subquery())) or 0
    ids = session.scalars(all_of.limit(MOST_MERGED + 1).with_for_update(skip_locked=True)).all()
    if len(ids) == many <= MOST_MERGED:
        session.execute(update(Tip).where(col(Tip.id).in_(ids)).values(pile=into))


def _may_join(tip: Tip, other: Tip) -> bool:
    return (
        other.callout_id == tip.callout_id
        and other.prints_version == PRINTS_VERSION
        and other.joined_into is None
        and not other.restricted
    )


def _newest_of(place: str) -> Select[tuple[int]]:
    of_print = select(col(TipPrint.tip_id)).where(col(TipPrint.value) == bindparam(place))
    newest = of_print.order_by(col(TipPrint.tip_id).desc()).limit(NEWEST).subquery()
    return select(newest.c.tip_id)


_PLACES = [f"print_{n}" for n in range(PRINTS)]
_NEWEST_OF_EACH = union_all(*map(_newest_of, _PLACES))


def _sharing(session: Session, prints: Sequence[int]) -> Counter[int]:
    """The newest tips of each print, and how many prints they share. Of a template with ten thousand copies a few are
    enough: they are in its pile."""
    if not prints:
        return Counter()
    padded = [*prints, *[NO_PRINT] * (PRINTS - len(prints))]
    return Counter(session.execute(_NEWEST_OF_EACH, dict(zip(_PLACES, padded, strict=True))).scalars())


def forget(session: Session, tip_id: int) -> None:
    """Take a tip out of its pile, and its prints away: it becomes restricted or joined, or its story or callout
    changed. Where it may have prints, the worker makes them anew."""
    session.flush()
    session.execute(delete(TipPrint).where(col(TipPrint.tip_id) == tip_id))
    session.execute(update(Tip).where(col(Tip.id) == tip_id).values(pile=None, prints_version=0))


def set_apart(session: Session, tip_id: int, by: Actor, **cause: Unpack[Cause]) -> Event | None:
    """Say that a tip is not like the others of its pile. It stays alone for good. None where it is in none."""
    tip = access.tip_to_work(session, tip_id, by)
    if tip.pile is None:
        return None
    event = events.record(session, Verb.UNALIKE, by=by, tip_id=tip_id, before=str(tip.pile), **cause)
    session.execute(delete(TipPrint).where(col(TipPrint.tip_id) == tip_id))
    return _changed(session, tip, event, None, APART)


def put_back(session: Session, tip: Tip, event: Event, by: Actor, bulk_id: int | None = None) -> Event | None:
    """Undo `set_apart`, whose event this is. None where the tip does not stand alone any more."""
    if tip.pile is not None or tip.prints_version != APART or tip.restricted or tip.joined_into is not None:
        return None
    cause = Cause(undoes=event.id, bulk_id=bulk_id)
    back = events.record(session, Verb.ALIKE, by=by, tip_id=tip.id, after=event.before, **cause)
    there = (col(Tip.callout_id) == tip.callout_id, col(Tip.pile) == int(event.before), text(IN_PILE))
    found = session.scalars(select(col(Tip.id)).where(*there).limit(1)).first()
    # A pile that was put into another one meanwhile is found again by the tip's words.
    return _changed(session, tip, back, int(event.before) if found else None, 0)


def _changed(session: Session, tip: Tip, event: Event, pile: int | None, prints_version: int) -> Event:
    tip.pile, tip.prints_version, tip.updated_at = pile, prints_version, now()
    session.add(tip)
    session.flush()
    return event
