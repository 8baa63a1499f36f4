"""Which tips are like which, for those who look: numbers in lists, the example of a cluster, and what two say
differently.

A cluster is of one callout and holds no restricted tip: who sees one of its tips sees all of them.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.core.results import ResultsScope
from tipline.core.similar import clusters
from tipline.core.text.search_query import Segment, fold
from tipline.core.tips import reminders
from tipline.db import Unindexed
from tipline.errors import NotVisible
from tipline.models import Status, Tip
from tipline.models.tip import IN_CLUSTER, OPEN_IN_CLUSTER

SHOWN = 10  # other tips of its cluster that a tip's page names
_PART = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]|[^\W_]+|\s+|.", re.DOTALL)

# Made once: it takes longer than to run a statement with it.
_Older = aliased(Tip, name="older")
_OF_ITS_CLUSTER: tuple[ColumnElement[bool], ...] = (
    col(_Older.cluster_id) == Tip.cluster_id,
    Unindexed(col(_Older.callout_id)) == Tip.callout_id,  # SQLite finds the open ones of a cluster by their own index
    col(_Older.id) < Tip.id,
    text(OPEN_IN_CLUSTER.replace("tip.", "older.")),  # type: ignore[assignment]
)


def others(session: Session, tips: Collection[Tip]) -> dict[int, int]:
    """How many others are like each of these tips, which the caller may see; those like none are left out."""
    there = {
        tip.id: (tip.callout_id, tip.cluster_id) for tip in tips if tip.cluster_id is not None and not tip.restricted
    }
    if not there:
        return {}
    counted = (
        select(col(Tip.callout_id), col(Tip.cluster_id), func.count())
        .where(
            col(Tip.callout_id).in_({callout_id for callout_id, _ in there.values()}),
            col(Tip.cluster_id).in_({cluster for _, cluster in there.values()}),
            text(IN_CLUSTER),
        )
        .group_by(col(Tip.callout_id), col(Tip.cluster_id))
    )
    n = {(callout_id, cluster): many - 1 for callout_id, cluster, many in session.execute(counted)}
    return {tip_id: n[place] for tip_id, place in there.items() if tip_id is not None and n.get(place, 0) > 0}


def is_example(
    statuses: Sequence[Status] | None, assignees: Sequence[int] | None, put_off_after: date | None = None
) -> ColumnElement[bool]:
    """The condition on Tip of a list of open work that shows one tip of each cluster: the oldest that is in the list. A
    tip whose reader wrote again says something of its own, and is shown, too.

    `statuses` None: all that are open; `assignees` None: anybody, 0 is nobody. With `put_off_after` (the day today) the
    list hides those that are put off, and none of them is the example.
    """
    where: list[ColumnElement[bool]] = [*_OF_ITS_CLUSTER]
    if put_off_after is not None:
        where.append(~reminders.put_off(put_off_after, _Older))
    if statuses is not None:
        where.append(col(_Older.status).in_(statuses))
    if assignees is not None:
        held = col(_Older.assignee_id)
        where.append(or_(held.is_(None), held.in_(assignees)) if 0 in assignees else held.in_(assignees))
        if list(assignees) == [0]:
            where[-1] = held.is_(None)
    return or_(
        col(Tip.cluster_id).is_(None),
        col(Tip.restricted),
        col(Tip.reader_wrote_at) > col(Tip.received_at),
        ~exists(select(col(_Older.id)).where(*where).correlate(Tip)),
    )


def like(session: Session, tip_id: int, by: Actor) -> tuple[Select[Any], int] | None:
    """A query for the ids of a tip and all that are like it, and how many they are. None where they don't see it."""
    tip = session.scalars(select(Tip).where(col(Tip.id) == tip_id, access.visible(by))).one_or_none()
    if tip is None:
        return None
    one: Select[Any] = select(col(Tip.id))
    if tip.cluster_id is None or tip.restricted:
        return one.where(col(Tip.id) == tip_id), 1
    many = others(session, [tip]).get(tip_id, 0) + 1
    return one.where(*_cluster(tip)), many


def _open_cluster(tip: Tip) -> list[ColumnElement[bool]]:
    return [
        Unindexed(col(Tip.callout_id)) == tip.callout_id,
        col(Tip.cluster_id) == tip.cluster_id,
        text(OPEN_IN_CLUSTER),  # type: ignore[list-item]
    ]


def _cluster(tip: Tip) -> list[ColumnElement[bool]]:
    return [col(Tip.callout_id) == tip.callout_id, col(Tip.cluster_id) == tip.cluster_id, text(IN_CLUSTER)]  # type: ignore[list-item]


@dataclass(frozen=True, slots=True)
class ClusterSummary:
    """What a tip's page says of its cluster: how many others there are, how many of all are open, and the example."""

    others: int
    open: int
    example: Tip


def cluster_summary(session: Session, tip: Tip, by: Actor) -> ClusterSummary | None:
    """The cluster of a tip, from `access.tip`; None where none is like it."""
    many = others(session, [tip]).get(tip.id or 0, 0)
    if not many:
        return None
    is_open, seen = _open_cluster(tip), access.visible(by)
    still_open = session.scalar(select(func.count()).select_from(Tip).where(*is_open, seen))
    oldest = select(Tip).where(seen).order_by(col(Tip.id)).limit(1)
    example = session.scalars(oldest.where(*(is_open if still_open else _cluster(tip)))).first()
    return ClusterSummary(many, still_open or 0, example) if example is not None else None


def newest(session: Session, tip: Tip, by: Actor) -> list[Tip]:
    """Others of a tip's cluster, the newest first."""
    if tip.cluster_id is None:
        return []
    query = select(Tip).where(*_cluster(tip), col(Tip.id) != tip.id, access.visible(by))
    return list(session.scalars(query.order_by(col(Tip.id).desc()).limit(SHOWN)))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two stories side by side; what stands in one alone is marked."""

    other: Tip
    here: list[Segment]
    there: list[Segment]


def compare(session: Session, tip: Tip, other_id: int | None, by: Actor) -> Comparison | None:
    """A tip beside another of its cluster: the one asked for, else the example, else the newest. None where it is in no
    cluster; NotVisible where the other is not in it."""
    found = cluster_summary(session, tip, by)
    if found is None or tip.id is None:
        return None
    other: Tip | None = found.example
    if other_id is not None or found.example.id == tip.id:
        query = select(Tip).where(*_cluster(tip), col(Tip.id) != tip.id, access.visible(by))
        wanted = query.where(col(Tip.id) == other_id) if other_id is not None else query.order_by(col(Tip.id).desc())
        other = session.scalars(wanted.limit(1)).first()
    if other is None or other.id is None:
        raise NotVisible("cluster_id")
    told = clusters.stories(session, [tip.id, other.id])
    here, there = differences(told.get(tip.id, ""), told.get(other.id, ""))
    return Comparison(other, here, there)


def differences(one: str, other: str) -> tuple[list[Segment], list[Segment]]:
    """Both texts, what the other does not have marked: words (of Han, characters) in no run of three that both have.

    Whatever stands there, it takes as long as the texts are: a true comparison of two texts made to be slow would not.
    """
    left, right = _PART.findall(one), _PART.findall(other)
    shared = _runs(left) & _runs(right)
    return _marked(left, shared), _marked(right, shared)


def _places(parts: list[str]) -> list[int]:
    """Where the words stand; the rest is space and punctuation."""
    return [at for at, part in enumerate(parts) if part[0].isalnum()]


def _runs(parts: list[str]) -> set[tuple[str, ...]]:
    said = [fold(parts[at]) for at in _places(parts)]
    return set(zip(said, said[1:], said[2:], strict=False))


def _marked(parts: list[str], shared: set[tuple[str, ...]]) -> list[Segment]:
    places = _places(parts)
    own = set(places)
    for run in zip(places, places[1:], places[2:], strict=False):
        if tuple(fold(parts[at]) for at in run) in shared:
            own.difference_update(run)
    marks = [at in own for at in range(len(parts))]
    for before, after in pairwise(places):  # what stands between two marked words is marked with them
        marks[before + 1 : after] = [marks[before] and marks[after]] * (after - before - 1)
    return [
        Segment("".join(part for part, _ in group), mark)
        for mark, group in groupby(zip(parts, marks, strict=True), key=itemgetter(1))
    ]


@dataclass(frozen=True, slots=True)
class ClusterCount:
    """How many tips of results are of clusters, and how many clusters these are."""

    tips: int = 0
    templates: int = 0


def copies(scope: ResultsScope) -> ClusterCount:
    """Of the tips that results count, those that say nearly the same as another."""
    alike = (
        select(func.count().label("n"))
        .select_from(Tip)
        .with_hint(Tip, "INDEXED BY ix_tip_cluster", "sqlite")
        .where(*scope.tips(), text(IN_CLUSTER))
        .group_by(col(Tip.cluster_id))
        .having(func.count() > 1)
        .subquery()
    )
    n, templates = scope.session.execute(select(func.coalesce(func.sum(alike.c.n), 0), func.count())).one()
    return ClusterCount(int(n), templates)
