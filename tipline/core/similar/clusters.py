"""Clusters: tips of one callout that say nearly the same, put together as they come in, by the worker.

A new story is held against the newest that share prints with it, by the words that stand there, whether there are two
or ten thousand. Restricted and merged tips have no prints and are in no cluster; a person takes a tip out for good.
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
from tipline.core.similar.fingerprints import ALIKE, PRINTS, PRINTS_VERSION, READ, Run, alike, fingerprints_of, runs_of
from tipline.core.text.search_query import words
from tipline.db import PILING, now, one_at_a_time
from tipline.models import Answer, AnswerChoice, Direction, Event, Message, Tip, TipFingerprint, Verb
from tipline.models.tip import IN_CLUSTER, UNPRINTED
from tipline.sealing import new_id

NEWEST = 8  # tips that share a print and are looked at
COMPARED = 5  # of them, those that share most, by their words
MAX_MERGED = 1000  # tips of a cluster that is put into a larger one
NO_PRINT = -1
APART = -1  # of fingerprints_version: a person took it out of a cluster


@dataclass(frozen=True, slots=True)
class StoryPrint:
    """A story, ready to be held against others."""

    runs: Runs[Run]
    prints: list[int]


def waiting(session: Session, limit: int) -> list[int]:
    """The tips that have no prints yet, the oldest first."""
    query = select(col(Tip.id)).where(text(UNPRINTED)).order_by(col(Tip.id)).limit(limit)
    return [tip_id for tip_id in session.scalars(query) if tip_id is not None]


def prepare(session: Session, tip_ids: Collection[int]) -> dict[int, StoryPrint]:
    """What `take_in` needs of these tips. It only reads, and takes most of the time."""
    callouts = session.execute(select(col(Tip.id), col(Tip.callout_id)).where(col(Tip.id).in_(tip_ids)))
    told, master = stories(session, tip_ids), vault.master(session)
    found = {}
    for tip_id, callout_id in callouts:
        runs = runs_of(words(told.get(tip_id, "")))
        found[tip_id] = StoryPrint(runs, fingerprints_of(master, callout_id, runs))
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


def take_in(session: Session, told: Mapping[int, StoryPrint]) -> int:
    """Keep the prints of these tips, and put each with those like it; returns how many.

    It waits for nobody who changes a tip meanwhile: such a one comes next time.
    """
    one_at_a_time(session, PILING)
    fresh = select(Tip).where(col(Tip.id).in_(told), text(UNPRINTED)).order_by(col(Tip.id))
    tips = session.scalars(fresh.with_for_update(skip_locked=True)).all()
    session.execute(delete(TipFingerprint).where(col(TipFingerprint.tip_id).in_([tip.id for tip in tips])))
    return sum(_take_in(session, tip, told[tip.id or 0]) for tip in tips)


def _take_in(session: Session, tip: Tip, told: StoryPrint) -> bool:
    shared = _sharing(session, told.prints) if tip.cluster_id is None else Counter()
    most = sorted(shared, key=lambda tip_id: (-shared[tip_id], -tip_id))[:COMPARED]
    # By their ids alone: with more conditions SQLite may walk all tips of the callout.
    found = select(Tip).where(col(Tip.id).in_(most)).with_for_update(skip_locked=True)
    others = session.scalars(found).all() if most else []
    if len(others) < len(most):
        return False
    _put_together(session, tip, told, [other for other in others if _may_join(tip, other)])
    tip.fingerprints_version = PRINTS_VERSION
    session.flush()
    if told.prints:
        session.execute(insert(TipFingerprint), [{"value": value, "tip_id": tip.id} for value in told.prints])
    return True


def _put_together(session: Session, tip: Tip, told: StoryPrint, others: list[Tip]) -> None:
    """Hold a tip against others by their words, and give those that are alike one cluster."""
    said = stories(session, [other.id or 0 for other in others]) if others else {}
    how = {tip_id: alike(told.runs, runs_of(words(story))) for tip_id, story in said.items()}
    like = [other for other in others if how.get(other.id or 0, 0.0) >= ALIKE]
    if not like:
        return
    clusters = _largest_first(
        session, tip.callout_id, {other.cluster_id for other in like if other.cluster_id is not None}
    )
    tip.cluster_id = clusters[0] if clusters else new_id()
    for other in like:
        other.cluster_id = other.cluster_id or tip.cluster_id
    session.flush()
    for cluster in clusters[1:]:
        _merge(session, tip.callout_id, cluster, tip.cluster_id)


def _largest_first(session: Session, callout_id: int, clusters: Collection[int]) -> list[int]:
    """Clusters of a callout by how many are in each; of those that have as many, the older."""
    if len(clusters) < 2:
        return list(clusters)
    there = (col(Tip.callout_id) == callout_id, col(Tip.cluster_id).in_(clusters), text(IN_CLUSTER))
    many = select(col(Tip.cluster_id), func.count()).where(*there).group_by(col(Tip.cluster_id))
    return [cluster for cluster, _ in sorted(session.execute(many), key=lambda found: (-found[1], found[0]))]


def _merge(session: Session, callout_id: int, cluster: int, into: int) -> None:
    """Copies of one template began two clusters, whose first ones shared no print, and a later one is like both. Not
    where somebody changes one of its tips right now: the next copy sees to it."""
    all_of = select(col(Tip.id)).where(
        col(Tip.callout_id) == callout_id, col(Tip.cluster_id) == cluster, text(IN_CLUSTER)
    )
    many = session.scalar(select(func.count()).select_from(all_of.limit(MAX_MERGED + 1).subquery())) or 0
    ids = session.scalars(all_of.limit(MAX_MERGED + 1).with_for_update(skip_locked=True)).all()
    if len(ids) == many <= MAX_MERGED:
        session.execute(update(Tip).where(col(Tip.id).in_(ids)).values(cluster_id=into))


def _may_join(tip: Tip, other: Tip) -> bool:
    return (
        other.callout_id == tip.callout_id
        and other.fingerprints_version == PRINTS_VERSION
        and other.merged_into is None
        and not other.restricted
    )


def _newest_of(place: str) -> Select[tuple[int]]:
    of_print = select(col(TipFingerprint.tip_id)).where(col(TipFingerprint.value) == bindparam(place))
    newest = of_print.order_by(col(TipFingerprint.tip_id).desc()).limit(NEWEST).subquery()
    return select(newest.c.tip_id)


_PLACES = [f"print_{n}" for n in range(PRINTS)]
_NEWEST_OF_EACH = union_all(*map(_newest_of, _PLACES))


def _sharing(session: Session, prints: Sequence[int]) -> Counter[int]:
    """The newest tips of each print, and how many prints they share. Of a template with ten thousand copies a few are
    enough: they are in its cluster."""
    if not prints:
        return Counter()
    padded = [*prints, *[NO_PRINT] * (PRINTS - len(prints))]
    return Counter(session.execute(_NEWEST_OF_EACH, dict(zip(_PLACES, padded, strict=True))).scalars())


def forget(session: Session, tip_id: int) -> None:
    """Take a tip out of its cluster, and its prints away: it becomes restricted or joined, or its story or callout
    changed. Where it may have prints, the worker makes them anew."""
    session.flush()
    session.execute(delete(TipFingerprint).where(col(TipFingerprint.tip_id) == tip_id))
    session.execute(update(Tip).where(col(Tip.id) == tip_id).values(cluster_id=None, fingerprints_version=0))


def set_apart(session: Session, tip_id: int, by: Actor, **cause: Unpack[Cause]) -> Event | None:
    """Say that a tip is not like the others of its cluster. It stays alone for good. None where it is in none."""
    tip = access.tip_to_work(session, tip_id, by)
    if tip.cluster_id is None:
        return None
    event = events.record(session, Verb.NOT_SIMILAR, by=by, tip_id=tip_id, before=str(tip.cluster_id), **cause)
    session.execute(delete(TipFingerprint).where(col(TipFingerprint.tip_id) == tip_id))
    return _changed(session, tip, event, None, APART)


def put_back(session: Session, tip: Tip, event: Event, by: Actor, bulk_id: int | None = None) -> Event | None:
    """Undo `set_apart`, whose event this is. None where the tip does not stand alone any more."""
    if tip.cluster_id is not None or tip.fingerprints_version != APART or tip.restricted or tip.merged_into is not None:
        return None
    cause = Cause(undoes=event.id, bulk_id=bulk_id)
    back = events.record(session, Verb.SIMILAR, by=by, tip_id=tip.id, after=event.before, **cause)
    there = (col(Tip.callout_id) == tip.callout_id, col(Tip.cluster_id) == int(event.before), text(IN_CLUSTER))
    found = session.scalars(select(col(Tip.id)).where(*there).limit(1)).first()
    # A cluster that was put into another one meanwhile is found again by the tip's words.
    return _changed(session, tip, back, int(event.before) if found else None, 0)


def _changed(session: Session, tip: Tip, event: Event, cluster: int | None, fingerprints_version: int) -> Event:
    tip.cluster_id, tip.fingerprints_version, tip.updated_at = cluster, fingerprints_version, now()
    session.add(tip)
    session.flush()
    return event
