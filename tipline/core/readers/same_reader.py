"""One person behind several readers: suggested by an address or phone, said by a reporter, and taken back at will.

The readers stay apart, each sealed under a key of its own: that they are one is a pointer, `Reader.same_as`, of all to
the oldest. Nothing is sent elsewhere because of it, and erasing one leaves the others.
"""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from tipline.core import access, events, readers, vault
from tipline.core.access import Actor
from tipline.core.row_transfer import Record
from tipline.core.session_cache import once
from tipline.errors import Conflict, Refused
from tipline.models import ContactKind, Event, Reader, ReaderContact, Tip, Verb
from tipline.vocabularies import N_

MAX_SUGGESTED = 20
SUGGESTED = 5
READER = "reader"
ALREADY = N_("These tips are by the same reader already.")
NOT_TOLD = N_("Nobody said that these readers are one.")
SEALED = N_("On a restricted tip nobody is told who its reader may be.")
GONE = N_("It stands otherwise by now; nothing was undone.")

Sign = Literal["email", "phone", "name"]


@dataclass(frozen=True, slots=True)
class Suggested:
    """A tip whose reader may be the same person, and by what; a name alone says little."""

    tip: Tip
    sign: Sign


def group(session: Session, reader_id: int) -> list[int]:
    """All readers who are one person with this one, themselves included, oldest first."""
    return once(session, "same reader", reader_id, lambda: _group(session, reader_id))


def _group(session: Session, reader_id: int) -> list[int]:
    own = select(func.coalesce(col(Reader.same_as), col(Reader.id))).where(col(Reader.id) == reader_id)
    root = own.correlate(None).scalar_subquery()
    same = select(col(Reader.id)).where(or_(col(Reader.id) == root, col(Reader.same_as) == root))
    return [found for found in session.scalars(same.order_by(col(Reader.id))) if found is not None]


def other_tips(session: Session, tip: Tip, by: Actor) -> list[Tip]:
    """The person's other tips that this reporter may see, newest first."""
    return list(
        session.scalars(
            select(Tip)
            .where(
                col(Tip.reader_id).in_(group(session, tip.reader_id)),
                col(Tip.id) != tip.id,
                col(Tip.merged_into).is_(None),
                access.visible(by),
            )
            .order_by(col(Tip.received_at).desc())
            .limit(MAX_SUGGESTED)
        )
    )


def suggested(session: Session, tip: Tip, by: Actor, related: Sequence[Tip] = ()) -> list[Suggested]:
    """Tips whose reader has an address or phone of this one's; of `related` tips also those with the same name.

    Nobody is shown an address by it. Nothing on restricted tips, and nothing for those who open no identities.
    """
    if not access.sees_identity(tip, by):
        return []
    same = group(session, tip.reader_id)
    signs = _by_contact(session, same)
    found = {one.id: Suggested(one, signs[one.reader_id]) for one in _tips_of(session, signs, by)}
    for one in _by_name(session, tip, same, [one for one in related if not one.restricted]):
        found.setdefault(one.id, Suggested(one, "name"))
    return sorted(found.values(), key=lambda one: one.sign == "name")[:SUGGESTED]


def _tips_of(session: Session, reader_ids: Collection[int], by: Actor) -> Sequence[Tip]:
    if not reader_ids:
        return []
    open_ = col(Tip.merged_into).is_(None), ~col(Tip.restricted), access.visible(by)
    query = select(Tip).where(col(Tip.reader_id).in_(reader_ids), *open_)
    return session.scalars(query.order_by(col(Tip.received_at).desc()).limit(MAX_SUGGESTED)).all()


def _by_contact(session: Session, same: Collection[int]) -> dict[int, Sign]:
    mine = select(col(ReaderContact.lookup_hash)).where(col(ReaderContact.reader_id).in_(same))
    hashes = session.scalars(mine.limit(MAX_SUGGESTED)).all()
    if not hashes:
        return {}
    query = select(col(ReaderContact.reader_id), col(ReaderContact.kind)).where(
        col(ReaderContact.lookup_hash).in_(hashes), col(ReaderContact.reader_id).not_in(same)
    )
    found: dict[int, Sign] = {}
    for reader_id, kind in session.execute(query.order_by(col(ReaderContact.id).desc()).limit(MAX_SUGGESTED)):
        found[reader_id] = "email" if kind is ContactKind.EMAIL or found.get(reader_id) == "email" else "phone"
    return found


def _by_name(session: Session, tip: Tip, same: Collection[int], related: Iterable[Tip]) -> list[Tip]:
    others = [one for one in related if one.reader_id not in same]
    if not others:
        return []
    ids = {tip.reader_id, *(one.reader_id for one in others)}
    rows = session.scalars(select(Reader).where(col(Reader.id).in_(ids))).all()
    vault.warm(session, {row.key_id for row in rows})
    names = {row.id: _folded(readers.unsealed(session, row)[0]) for row in rows}
    mine = names.get(tip.reader_id, "")
    return [one for one in others if mine and names.get(one.reader_id) == mine]


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def same(session: Session, tip_id: int, other_id: int, by: Actor, *, undoes: int | None = None) -> Event:
    """Say that the readers of two tips are one person. NotVisible, NotAllowed; Refused where they are already, or where
    a tip is restricted."""
    tip, other = _both(session, tip_id, other_id, by)
    mine, theirs = group(session, tip.reader_id), group(session, other.reader_id)
    if other.reader_id in mine:
        raise Refused(ALREADY)
    event = events.record(session, Verb.SAME_READER, by=by, tip_id=tip_id, object_id=other_id, undoes=undoes)
    Record(session, event.id or 0).note(READER, max(mine, theirs, key=min))
    _form(session, [*mine, *theirs])
    return event


def apart(session: Session, tip_id: int, other_id: int, by: Actor, *, undoes: int | None = None) -> Event:
    """Say that the other tip's reader is not this one's person. Refused where nobody said so."""
    tip, other = _both(session, tip_id, other_id, by)
    together = group(session, tip.reader_id)
    if other.reader_id not in together or other.reader_id == tip.reader_id:
        raise Refused(NOT_TOLD)
    leave(session, other.reader_id)
    return events.record(session, Verb.OTHER_READER, by=by, tip_id=tip_id, object_id=other_id, undoes=undoes)


def leave(session: Session, reader_id: int) -> None:
    """Take one reader out of their group; the others stay together."""
    others = [one for one in group(session, reader_id) if one != reader_id]
    _form(session, [reader_id])
    if others:
        _form(session, others)


def undo(session: Session, event: Event, by: Actor) -> Event:
    """The inverse of `same` or `apart`. Conflict where it stands otherwise by now."""
    tip_id, other_id = event.tip_id or 0, event.object_id or 0
    if event.verb is Verb.OTHER_READER:
        return same(session, tip_id, other_id, by, undoes=event.id)
    tip, _ = _both(session, tip_id, other_id, by)
    together = set(group(session, tip.reader_id))
    came = [one for one in Record(session, event.id or 0).read().get(READER, []) if one in together]
    if not came or len(came) == len(together):
        raise Conflict(GONE)
    _form(session, sorted(together - set(came)))
    _form(session, came)
    return events.record(session, Verb.OTHER_READER, by=by, tip_id=tip_id, object_id=other_id, undoes=event.id)


def _form(session: Session, reader_ids: Collection[int]) -> None:
    root = min(reader_ids)
    rows = select(Reader).where(col(Reader.id).in_(reader_ids)).order_by(col(Reader.id)).with_for_update()
    for row in session.scalars(rows).all():
        row.same_as = None if row.id == root else root
        session.add(row)
    session.flush()


def _both(session: Session, tip_id: int, other_id: int, by: Actor) -> tuple[Tip, Tip]:
    found = {one: access.tip_to_work(session, one, by) for one in sorted({tip_id, other_id})}
    if any(tip.restricted for tip in found.values()):
        raise Refused(SEALED)
    return found[tip_id], found[other_id]
