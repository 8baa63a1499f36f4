"""Tips that became one, and tips that were split: which of them stands, what went into it, what came out of it."""

from collections.abc import Collection

from sqlalchemy import or_, select
from sqlmodel import Session, col

from tipline.core.session_cache import once
from tipline.models import Event, Tip, Verb


def standing(session: Session, tip_id: int | None, *, lock: bool = False) -> Tip | None:
    """The tip of an id, or the one that it was merged into, however often; None where there is none (any more).

    `lock` keeps others from changing it.
    """
    seen: set[int] = set()
    while tip_id is not None and tip_id not in seen:  # two that were merged into each other stand nowhere
        seen.add(tip_id)
        query = select(Tip).where(col(Tip.id) == tip_id)
        tip = session.scalars(query.with_for_update() if lock else query).one_or_none()
        if tip is None or tip.merged_into is None:
            return tip
        tip_id = tip.merged_into
    return None


def family(session: Session, tip_id: int, *, lock: bool = False) -> list[Tip]:
    """The tip of an id first, and all that were merged into it, however often; [] where there is none."""
    found: dict[int, Tip] = {}
    which = or_(col(Tip.id) == tip_id, col(Tip.merged_into) == tip_id)
    while True:
        query = select(Tip).where(which, col(Tip.id).not_in(found)).order_by(col(Tip.id))
        tips = session.scalars(query.with_for_update() if lock else query).all()
        found.update((tip.id, tip) for tip in tips if tip.id is not None)
        further = [tip.id for tip in tips if tip.id != tip_id]
        if not further:
            break
        which = col(Tip.merged_into).in_(further)
    return sorted(found.values(), key=lambda tip: tip.id != tip_id) if tip_id in found else []


def split_off(session: Session, tip_ids: Collection[int]) -> list[Tip]:
    """The tips that were made of messages of these, however often, and stand by themselves. What a reader decides
    about one tip holds for them too: it is the same conversation to them."""
    found: dict[int, Tip] = {}
    wanted: Collection[int] = tip_ids
    while wanted:
        events = (col(Event.tip_id).in_(wanted), col(Event.verb) == Verb.SPLIT, col(Event.object_id).is_not(None))
        made = select(col(Event.object_id)).where(*events)
        tips = session.scalars(
            select(Tip).where(col(Tip.id).in_(made), col(Tip.id).not_in({*found, *tip_ids})).order_by(col(Tip.id))
        ).all()
        wanted = [tip.id for tip in tips if tip.id is not None]
        found.update(zip(wanted, tips, strict=True))
    return [tip for tip in found.values() if tip.merged_into is None]


def conversation(session: Session, tip: Tip) -> list[Tip]:
    """The other tips that are one conversation to a tip's reader: what it was split off, and all that was split off
    either."""
    root, seen = tip, {tip.id}
    while (origin := split_from(session, root.id or 0)) is not None and origin.id not in seen:
        root = origin
        seen.add(root.id)
    parts = [*family(session, tip.id or 0), *(family(session, root.id or 0) if root is not tip else ())]
    others = (root, *split_off(session, [one.id for one in parts if one.id is not None]))
    return [one for one in others if one.id != tip.id]


def origins(session: Session, tip_id: int) -> dict[int, int]:
    """The tips of which messages came here by a merge or a splitting, however often, and the event by which those of
    each came last. What history says of these messages stands with the tip that had them then."""

    def read() -> dict[int, int]:
        found = {tip_id: 0}
        wanted: Collection[int] = [tip_id]
        while wanted:
            came: dict[int, int] = {}
            of_those = col(Event.tip_id).in_(wanted), col(Event.verb).in_((Verb.MERGED, Verb.SPLIT))
            for event in session.scalars(select(Event).where(*of_those).order_by(col(Event.id))):
                merge, split = event.verb is Verb.MERGED and event.object_id, event.verb is Verb.SPLIT and event.before
                if (origin := int(merge or split or 0)) and origin not in found:
                    came[origin] = found[event.tip_id or 0] or event.id or 0
            found |= came
            wanted = came
        return {origin: at for origin, at in found.items() if origin != tip_id}

    return once(session, "origins", tip_id, read)


def split_from(session: Session, tip_id: int) -> Tip | None:
    """The tip of whose messages this one was made, or the one that stands for it; None where it was not split off."""

    def read() -> Tip | None:
        event = select(col(Event.before)).where(
            col(Event.tip_id) == tip_id, col(Event.verb) == Verb.SPLIT, col(Event.object_id).is_(None)
        )
        before = session.scalars(event.order_by(col(Event.id)).limit(1)).first()
        return standing(session, int(before)) if before else None

    return once(session, "split from", tip_id, read)
