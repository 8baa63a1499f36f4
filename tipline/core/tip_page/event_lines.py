"""Events of several tips as lines to read: who did what, with the names that their ids stand for."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, accounts, readers
from tipline.core.access import Actor
from tipline.core.tip_page.conversation import ConversationEntry
from tipline.models import ActorKind, Event, Tag, Tip, Verb


def told(session: Session, events: Sequence[Event], by: Actor) -> list[ConversationEntry]:
    """The same events in the same order, those left out whose tip the person does not see."""
    ids = {event.tip_id for event in events}
    tips = list(session.scalars(select(Tip).where(col(Tip.id).in_(ids), access.visible(by)))) if ids else []
    names = readers.short_names(session, tips, by)
    people = accounts.names(session)
    tag_ids = {event.object_id for event in events if event.verb in (Verb.TAGGED, Verb.UNTAGGED)}
    tags = {t.id: t.name for t in session.scalars(select(Tag).where(col(Tag.id).in_(tag_ids)))} if tag_ids else {}
    lines = []
    for event in events:
        if event.tip_id not in names:
            continue
        before, after = event.before, event.after
        if event.verb is Verb.ASSIGNED:
            before, after = (people.get(int(one), "") if one else "" for one in (before, after))
        elif event.verb in (Verb.TAGGED, Verb.UNTAGGED):
            after = tags.get(event.object_id, "")
        by_reader = event.actor is ActorKind.READER
        who = names[event.tip_id] if by_reader else people.get(event.account_id, "")
        lines.append(ConversationEntry("event", event.at, who, by_reader, event=event, before=before, after=after))
    return lines
