"""Tags: what they are called, coloured and grouped. `merging` merges and renames them.

A name that is given up (by renaming or merging) stays as an alias: typed, or in a saved list, it goes on to work.
"""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.text.storable import storable
from tipline.db import is_sqlite
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Tag, TagColour, Tip, TipTag, Verb
from tipline.vocabularies import N_

MAX_NAME_LENGTH = 40
LOOKED_AT = 100  # tips of a tag, the newest, for counting those that somebody sees; its list counts them all
EMPTY = N_("A tag needs a name.")
LONG = N_("A tag has at most 40 characters.")
LONG_GROUP = N_("A group has at most 40 characters.")
EDITORS_ONLY = N_("Tags belong to all callouts, so only editors rename, merge or delete them. Ask an editor.")
IN_USE = N_("The tag is on tips. Merge it into another one instead of deleting it.")


@dataclass(frozen=True, slots=True)
class UsedTag:
    """A tag as its page shows it. `count` is of tips that this person sees; with `more` there may be more."""

    tag: Tag
    count: int
    more: bool
    aliases: tuple[str, ...]


def clean(name: str) -> str:
    """A tag's name as it is kept: one space between words, no leading #. Refused where none is left, or too much."""
    name = " ".join(unicodedata.normalize("NFKC", storable(name)).split()).lstrip("#").strip()
    if not name:
        raise Refused(EMPTY)
    if len(name) > MAX_NAME_LENGTH:
        raise Refused(LONG)
    return name


def folded(name: str) -> str:
    """What two spellings of one tag have in common."""
    return unicodedata.normalize("NFKC", name).casefold()[:MAX_NAME_LENGTH]


def find(session: Session, name: str) -> int | None:
    """The tag that a name stands for, by whichever name it goes; None where there is none."""
    stands_for = func.coalesce(col(Tag.merged_into), col(Tag.id))
    found: int | None = session.scalar(select(stands_for).where(col(Tag.folded) == folded(name)))
    return found


def known(session: Session, names: Iterable[str]) -> tuple[set[int], set[str]]:
    """The tags that names as typed stand for, and which of them (folded) stand for none yet. Refused as `clean`."""
    wanted = {folded(clean(name)) for name in names}
    stands_for = func.coalesce(col(Tag.merged_into), col(Tag.id))
    found = session.execute(select(col(Tag.folded), stands_for).where(col(Tag.folded).in_(wanted))).all()
    return {tag_id for _, tag_id in found}, wanted - {name for name, _ in found}


def named(session: Session, name: str) -> int:
    """The tag of a name as typed, made where there is none: one tag whichever case, width or leading # it has."""
    name = clean(name)
    tag_id = find(session, name)
    if tag_id is not None:
        return tag_id
    made = (sqlite if is_sqlite(session) else postgresql).insert(Tag)
    made = made.values(name=name, folded=folded(name), colour=TagColour.GREY, group="")
    session.execute(made.on_conflict_do_nothing(index_elements=["folded"]))  # somebody else may be making it, too
    tag_id = find(session, name)
    assert tag_id is not None
    return tag_id


def standing_for(session: Session, tag_id: int) -> int:
    """The tag that an id stands for, since it may have been merged into another."""
    row = session.get(Tag, tag_id)
    return row.merged_into or tag_id if row else tag_id


def colours(session: Session) -> dict[int, str]:
    """The tags that have a colour: they are few, and lists show it wherever a tag stands."""
    query = select(col(Tag.id), col(Tag.colour)).where(col(Tag.colour) != TagColour.GREY)
    return {tag_id: colour.value for tag_id, colour in session.execute(query) if tag_id}


def used(session: Session, by: Actor, offered: Collection[int]) -> list[UsedTag]:
    """The tags on tips that this person sees, by group and name; for editors those on no tip at all, too. Of each its
    newest tips are looked at. `offered` are tags that are known to be on tips of theirs, maybe older ones."""
    of_tag: Select[Any] = select(col(TipTag.tip_id).label("tip_id")).where(col(TipTag.tag_id) == Tag.id).correlate(Tag)
    newest = of_tag.order_by(col(TipTag.tip_id).desc()).limit(LOOKED_AT).subquery()
    looked = select(func.count()).select_from(newest).scalar_subquery()
    seen = select(func.count()).select_from(newest).join(Tip, col(Tip.id) == newest.c.tip_id).where(access.visible(by))
    query = select(Tag, seen.scalar_subquery(), looked).where(col(Tag.merged_into).is_(None))
    aliases, found = _aliases(session), []
    for tag, n, at in session.execute(query):
        if n or tag.id in offered or (by.edits_callouts and not at):
            n = n or _count(session, tag.id or 0, by)
            found.append(UsedTag(tag, n, at == LOOKED_AT, tuple(aliases.get(tag.id or 0, ()))))
    return sorted(found, key=lambda one: (not one.tag.group, one.tag.group.casefold(), one.tag.folded))


def _count(session: Session, tag_id: int, by: Actor) -> int:
    """How many of all tips of a tag a person sees, at most LOOKED_AT."""
    seen = _on_tips(by).with_only_columns(literal(1)).where(col(TipTag.tag_id) == tag_id).limit(LOOKED_AT).subquery()
    return session.scalar(select(func.count()).select_from(seen)) or 0


def look(session: Session, tag: Tag, name: str, colour: TagColour, group: str, by: Actor) -> None:
    """Say how a tag is spelled, how it looks and where it stands. A new name is `merging.change`'s."""
    group = " ".join(storable(group).split())
    if len(group) > MAX_NAME_LENGTH:
        raise Refused(LONG_GROUP)
    if tag.id and (tag.name, tag.colour, tag.group) == (name, colour, group):
        return
    tag.name, tag.colour, tag.group = name, colour, group
    session.add(tag)
    session.flush()
    events.record(session, Verb.TAG_CHANGED, by=by, object_id=tag.id, after=colour)


def forget(session: Session, tag_id: int, by: Actor) -> None:
    """Delete a tag that is on no tip, with the names that stand for it. Refused where it is on any."""
    tag = to_change(session, tag_id, by)
    if session.scalars(select(col(TipTag.tip_id)).where(col(TipTag.tag_id) == tag_id).limit(1)).first() is not None:
        raise Refused(IN_USE)
    session.execute(delete(Tag).where(col(Tag.merged_into) == tag_id))
    session.delete(tag)
    session.flush()
    events.record(session, Verb.TAG_CHANGED, by=by, object_id=tag_id, after="deleted")


def to_change(session: Session, tag_id: int, by: Actor) -> Tag:
    """A tag that this person may change: an editor, one on a tip that they see or on no tip.

    Names are the whole newsroom's. Reporters put tags on their tips but change none: a name that is taken would say
    that another callout has it.
    """
    if not by.works_tips:
        raise NotAllowed(access.READS_ONLY)
    if not by.edits_callouts:
        raise NotAllowed(EDITORS_ONLY)
    seen = exists(_on_tips(by).with_only_columns(literal(1)).where(col(TipTag.tag_id) == Tag.id))
    shown = or_(seen, _unused())
    tag = session.scalars(
        select(Tag).where(col(Tag.id) == tag_id, col(Tag.merged_into).is_(None), shown).with_for_update()
    ).one_or_none()
    if tag is None:
        raise NotVisible("tag")
    return tag


def _on_tips(by: Actor) -> Select[Any]:
    return select(TipTag).join(Tip, col(Tip.id) == TipTag.tip_id).where(access.visible(by))


def _unused() -> ColumnElement[bool]:
    return ~exists(select(literal(1)).where(col(TipTag.tag_id) == Tag.id))


def _aliases(session: Session) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for tag in session.scalars(select(Tag).where(col(Tag.merged_into).is_not(None)).order_by(col(Tag.folded))):
        found.setdefault(tag.merged_into or 0, []).append(tag.name)
    return found
