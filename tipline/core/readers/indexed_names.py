"""What the readers of tips are called, for the search index alone: it holds names as keyed tokens."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import readers, vault
from tipline.core.readers.display_names import short
from tipline.models import Reader, Tip


def by_tip(session: Session, tip_ids: Sequence[int]) -> dict[int, list[str]]:
    """Names and short names of the readers of tips, and of those whose tips were merged into them."""
    stands = _merged(session, tip_ids)
    named = col(Tip.id).in_(stands), col(Reader.name).is_not(None)
    wanted = select(col(Tip.id), col(Reader.key_id), col(Reader.name)).where(*named).order_by(col(Tip.id))
    found = session.execute(wanted.join(Reader, col(Reader.id) == col(Tip.reader_id))).all()
    vault.warm(session, {key_id for _, key_id, _ in found})
    names: dict[int, list[str]] = {}
    for tip_id, key_id, sealed in found:
        name = readers.name_of(session, key_id, sealed)
        names.setdefault(stands[tip_id], []).extend((name, short(name)))
    return names


def _merged(session: Session, tip_ids: Sequence[int]) -> dict[int, int]:
    """These tips and all that were merged into them, each with the one of these in which it is now."""
    stands = {tip_id: tip_id for tip_id in tip_ids}
    last: Collection[int] = tip_ids
    while last:
        into = select(col(Tip.id), col(Tip.merged_into)).where(col(Tip.merged_into).in_(last))
        found = {tip_id: stands[target] for tip_id, target in session.execute(into) if tip_id not in stands}
        stands |= found
        last = found.keys()
    return stands
