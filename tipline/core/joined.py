"""Tips that became one: which of them stands, and which went into it."""

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.models import Tip


def standing(session: Session, tip_id: int | None, *, lock: bool = False) -> Tip | None:
    """The tip of an id, or the one that it was joined into, however often; None where there is none (any more).

    `lock` keeps others from changing it.
    """
    seen: set[int] = set()
    while tip_id is not None and tip_id not in seen:  # two that were joined into each other stand nowhere
        seen.add(tip_id)
        query = select(Tip).where(col(Tip.id) == tip_id)
        tip = session.scalars(query.with_for_update() if lock else query).one_or_none()
        if tip is None or tip.joined_into is None:
            return tip
        tip_id = tip.joined_into
    return None


def family(session: Session, tip_id: int, *, lock: bool = False) -> list[Tip]:
    """The tip of an id first, and all that were joined into it, however often; [] where there is none."""
    found: dict[int, Tip] = {}
    wanted: Collection[int] = [tip_id]
    while wanted:
        which = col(Tip.joined_into).in_(wanted) if found else col(Tip.id).in_(wanted)
        query = select(Tip).where(which, col(Tip.id).not_in(found)).order_by(col(Tip.id))
        tips = session.scalars(query.with_for_update() if lock else query).all()
        wanted = [tip.id for tip in tips if tip.id is not None]
        found.update(zip(wanted, tips, strict=True))
    return list(found.values())
