"""Merging and renaming tags: both move the tips of one tag to another, as one change that *Undo* takes back.

Only tips that the person sees are moved. Each gets its two lines of history, and these say what an undo restores. Where
other tips keep the tag, it keeps its name; else the name stands for the other tag from now on.
"""

from typing import Any, Unpack

from sqlalchemy import Select, delete, exists, func, insert, literal, select
from sqlmodel import Session, col

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.events import Cause, Line
from tipline.core.tags import EDITORS_ONLY, clean, folded, look, to_change
from tipline.db import now
from tipline.errors import NotVisible, Refused
from tipline.models import ActorKind, BulkChange, BulkState, Event, Tag, TagColour, Tip, TipTag, Verb
from tipline.vocabularies import N_

TAKEN = N_("There is a tag of that name. To make one of the two, merge them.")
ITSELF = N_("Choose another tag to merge this one into, by its name.")
CHANGED_SINCE = N_("The tag was changed since.")


def change(session: Session, tag_id: int, name: str, colour: TagColour, group: str, by: Actor) -> BulkChange | None:
    """Rename a tag, and say how it looks and where it stands. Returns what a new name did to tips.

    A name that only tips have which this person doesn't see is not refused, since that would say that it exists: the
    tips go to that tag, which keeps its look.
    """
    tag = to_change(session, tag_id, by)
    name = clean(name)
    if folded(name) == tag.folded:
        look(session, tag, name, colour, group, by)
        return None
    taken = session.scalars(select(Tag).where(col(Tag.folded) == folded(name))).one_or_none()
    if taken is not None and taken.merged_into != tag_id:
        into = session.get_one(Tag, taken.merged_into or taken.id)
        if _may_change(session, into, by):
            raise Refused(TAKEN)
        return _move(session, tag, into, by)
    into = taken or Tag(name=name, folded=folded(name), merged_into=tag_id)
    look(session, into, name, colour, group, by)
    return _move(session, tag, into, by)


def merge(session: Session, tag_id: int, into_id: int | None, by: Actor) -> BulkChange:
    """Put `into` on every tip that has the tag and that this person sees.

    A tag that is not theirs to see is refused as one that is not there.
    """
    # In one order always: two who merge the same two into each other would wait for each other for ever.
    both = select(col(Tag.id)).where(col(Tag.id).in_((tag_id, into_id or 0))).order_by(col(Tag.id))
    session.execute(both.with_for_update())
    tag = to_change(session, tag_id, by)
    try:
        into = to_change(session, into_id or 0, by)
    except NotVisible:
        raise Refused(ITSELF) from None
    if tag_id == into_id:
        raise Refused(ITSELF)
    return _move(session, tag, into, by)


def undo_name(session: Session, event: Event, by: Actor, bulk_id: int | None) -> None:
    """Let a name stand again for what it stood for. Refused where it stands for something else by now."""
    tag = session.get(Tag, event.object_id)
    if not by.edits_callouts:
        raise Refused(EDITORS_ONLY)
    if tag is None or str(tag.merged_into or "") != event.after:
        raise Refused(CHANGED_SINCE)
    _point(session, tag, int(event.before) if event.before else None, by, undoes=event.id, bulk_id=bulk_id)


def _may_change(session: Session, tag: Tag, by: Actor) -> bool:
    try:
        return bool(to_change(session, tag.id or 0, by))
    except NotVisible:
        return False


def _move(session: Session, tag: Tag, into: Tag, by: Actor) -> BulkChange:
    at = now()
    done = BulkChange(
        account_id=by.account_id,
        steps=[["untag", tag.name], ["tag", into.name]],
        state=BulkState.DONE,
        started_at=at,
        ended_at=at,
    )
    session.add(done)
    session.flush()
    if into.merged_into is not None:  # before the tips' lines, since an undo takes the last line first
        _point(session, into, None, by, bulk_id=done.id)
    done.total = done.looked_at = done.changed = _move_tips(session, done, tag.id or 0, into.id or 0, by)
    if not session.scalar(select(exists().where(col(TipTag.tag_id) == tag.id))):
        for name in session.scalars(select(Tag).where(col(Tag.merged_into) == tag.id)).all():
            _point(session, name, into.id, by, bulk_id=done.id)
        _point(session, tag, into.id, by, bulk_id=done.id)
    session.flush()
    return done


def _point(session: Session, tag: Tag, stands_for: int | None, by: Actor, **cause: Unpack[Cause]) -> None:
    before, tag.merged_into = str(tag.merged_into or ""), stands_for
    session.add(tag)
    session.flush()
    line = Line(by=by, object_id=tag.id, before=before, after=str(stands_for or ""))
    events.record(session, Verb.TAG_MERGED, **line, **cause)


def _move_tips(session: Session, done: BulkChange, tag_id: int, into_id: int, by: Actor) -> int:
    """Move the tips that this person sees, however many, by the lines of history that are written first."""
    of_tag = select(col(TipTag.tip_id)).join(Tip, col(Tip.id) == TipTag.tip_id).where(access.visible(by))
    _write_lines(session, done, Verb.UNTAGGED, tag_id, of_tag.where(col(TipTag.tag_id) == tag_id))
    has_both = select(col(TipTag.tip_id)).where(col(TipTag.tag_id) == into_id)
    moved = _lines(done, Verb.UNTAGGED)
    _write_lines(session, done, Verb.TAGGED, into_id, moved.where(col(Event.tip_id).not_in(has_both)))
    gone = delete(TipTag).where(col(TipTag.tag_id) == tag_id, col(TipTag.tip_id).in_(moved))
    session.execute(gone.execution_options(synchronize_session="fetch"))
    put = _lines(done, Verb.TAGGED).add_columns(literal(into_id))
    session.execute(insert(TipTag).from_select(["tip_id", "tag_id"], put))
    return session.scalar(select(func.count()).select_from(moved.subquery())) or 0


def _lines(done: BulkChange, verb: Verb) -> Select[Any]:
    return select(col(Event.tip_id)).where(col(Event.bulk_id) == done.id, col(Event.verb) == verb)


def _write_lines(session: Session, done: BulkChange, verb: Verb, tag_id: int, tips: Select[Any]) -> None:
    line = {
        "at": done.started_at,
        "actor": ActorKind.REPORTER,
        "account_id": done.account_id,
        "verb": verb,
        "object_id": tag_id,
        "before": "",
        "after": "",
        "bulk_id": done.id,
    }
    values = [literal(value, type_=Event.__table__.c[name].type) for name, value in line.items()]  # type: ignore[attr-defined]
    session.execute(insert(Event).from_select(["tip_id", *line], tips.add_columns(*values)))
