"""Tips that belong together without being one: linked by a reporter, by the same reader, or maybe parts of another."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, union_all
from sqlmodel import Session, col

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.readers import same_reader
from tipline.core.readers.same_reader import Suggested
from tipline.core.tips import merged
from tipline.db import now
from tipline.errors import Refused
from tipline.models import Event, Tip, TipLink, Verb
from tipline.vocabularies import N_

MAX_SHOWN = 20  # of each kind
MAY_BELONG = "may_belong"  # in an event: it was no link, but the suggestion that one belongs to the other
ITSELF = N_("A tip can't be linked to itself.")
MANY = N_("This tip has 50 links already. Remove one first.")
MAX_LINKS = 50


@dataclass(frozen=True, slots=True)
class Related:
    """What belongs with a tip, as far as a person sees it. `joined` went into it; `origin` is what it was split from,
    `pieces` what was split off."""

    linked: list[Tip]
    same_reader: list[Tip]
    same_person: list[Suggested]
    may_belong: list[Tip]
    merged: list[Tip]
    origin: Tip | None
    pieces: list[Tip]
    told_same: frozenset[int]  # of `same_reader`, those of whom only a reporter says so


def related(session: Session, tip: Tip, by: Actor) -> Related:
    """Everything that stands beside an open tip. The caller got it from `access.tip`."""
    assert tip.id is not None
    family = [one.id for one in merged.family(session, tip.id) if one.id is not None]
    linked = _seen(session, _ends(session, family), by, tip)
    may_belong = _which(session, by, col(Tip.may_belong_to).in_(family), col(Tip.merged_into).is_(None))
    same = same_reader.other_tips(session, tip, by)
    origin = merged.split_from(session, tip.id)
    return Related(
        linked=linked,
        same_reader=same,
        same_person=same_reader.suggested(session, tip, by, [*linked, *may_belong]),
        may_belong=[one for one in may_belong if one.id != tip.id],
        merged=_which(session, by, col(Tip.merged_into) == tip.id),
        origin=next(iter(_seen(session, [origin.id or 0], by, tip)), None) if origin else None,
        pieces=_seen(session, [one.id or 0 for one in merged.split_off(session, family)], by, tip),
        told_same=frozenset(one.id or 0 for one in same if one.reader_id != tip.reader_id),
    )


def _ends(session: Session, family: list[int]) -> set[int]:
    one, other = col(TipLink.tip_id), col(TipLink.other_id)
    ends = union_all(select(other).where(one.in_(family)), select(one).where(other.in_(family)))
    return {*session.scalars(ends.limit(2 * MAX_LINKS))} - {*family}


def _which(session: Session, by: Actor, *where: object) -> list[Tip]:
    query = select(Tip).where(access.visible(by), *where).order_by(col(Tip.id).desc())  # type: ignore[arg-type]
    return list(session.scalars(query.limit(MAX_SHOWN)))


def _seen(session: Session, ids: Iterable[int], by: Actor, tip: Tip) -> list[Tip]:
    """The tips that stand for these, where the person sees them."""
    wanted = set(ids)
    rows = session.scalars(select(Tip).where(col(Tip.id).in_(wanted))).all() if wanted else []
    standing = {one.id for row in rows if (one := row if row.merged_into is None else merged.standing(session, row.id))}
    return _which(session, by, col(Tip.id).in_(standing - {tip.id})) if standing else []


def link(session: Session, tip_id: int, other_id: int, by: Actor, *, undoes: int | None = None) -> Event | None:
    """Put two tips side by side. None where they are already. NotVisible where the person may not see both."""
    tip, other = _both(session, tip_id, other_id, by)
    if session.get(TipLink, (tip, other)) is not None:
        return None
    here = or_(col(TipLink.tip_id) == tip_id, col(TipLink.other_id) == tip_id)
    if len(session.scalars(select(col(TipLink.tip_id)).where(here).limit(MAX_LINKS)).all()) >= MAX_LINKS:
        raise Refused(MANY)
    session.add(TipLink(tip_id=tip, other_id=other, made_by=by.account_id, created_at=now()))
    session.flush()
    return events.record(session, Verb.LINKED, by=by, tip_id=tip_id, object_id=other_id, undoes=undoes)


def unlink(session: Session, tip_id: int, other_id: int, by: Actor, *, undoes: int | None = None) -> Event | None:
    """Take a link away, or the links of what was merged into either. None where there is none."""
    _both(session, tip_id, other_id, by)
    mine, theirs = ({one.id for one in merged.family(session, id_)} for id_ in (tip_id, other_id))
    one, other = col(TipLink.tip_id), col(TipLink.other_id)
    between = or_(one.in_(mine) & other.in_(theirs), one.in_(theirs) & other.in_(mine))
    if session.scalars(select(one).where(between).limit(1)).first() is None:
        return None
    session.execute(delete(TipLink).where(between))
    return events.record(session, Verb.UNLINKED, by=by, tip_id=tip_id, object_id=other_id, undoes=undoes)


def not_part(session: Session, tip_id: int, by: Actor, *, undoes: int | None = None) -> Event | None:
    """The tip does not belong to the one that it may belong to. None where nothing says so."""
    tip = access.tip_to_work(session, tip_id, by)
    parent = tip.may_belong_to
    if parent is None:
        return None
    tip.may_belong_to = None
    session.add(tip)
    session.flush()
    return events.record(
        session, Verb.UNLINKED, by=by, tip_id=tip_id, object_id=parent, before=MAY_BELONG, undoes=undoes
    )


def undo(session: Session, tip: Tip, event: Event, by: Actor) -> Event | None:
    """The inverse of a link, or of its end; None where it stands otherwise by now."""
    tip_id, other_id = tip.id or 0, event.object_id or 0
    if event.verb is Verb.LINKED:
        return unlink(session, tip_id, other_id, by, undoes=event.id)
    if event.before != MAY_BELONG:
        return link(session, tip_id, other_id, by, undoes=event.id)
    if tip.may_belong_to is not None or session.get(Tip, other_id) is None:
        return None
    tip.may_belong_to = other_id
    session.add(tip)
    session.flush()
    return events.record(
        session, Verb.LINKED, by=by, tip_id=tip_id, object_id=other_id, after=MAY_BELONG, undoes=event.id
    )


def _both(session: Session, tip_id: int, other_id: int, by: Actor) -> tuple[int, int]:
    first, second = sorted((tip_id, other_id))
    for one in (first, second):
        access.tip_to_work(session, one, by)
    if first == second:
        raise Refused(ITSELF)
    return first, second
