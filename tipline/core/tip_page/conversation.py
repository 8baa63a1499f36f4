"""A tip's conversation as it is read: messages, replies, notes and events in one line of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, accounts, files, outbox, readers, triage
from tipline.core.access import Actor
from tipline.core.arrival import Automatic
from tipline.core.outbox import reply_events
from tipline.core.tips import merged
from tipline.db import now
from tipline.errors import NotVisible
from tipline.models import (
    ActorKind,
    Callout,
    ContactEntry,
    Direction,
    Event,
    Ledger,
    MailKind,
    Message,
    Note,
    Outgoing,
    SendState,
    Status,
    StoredFile,
    Tag,
    Tip,
    Verb,
)
from tipline.models.outbox import BARRED, HELD, NOT_ALLOWED, SCHEDULED

# Told by the messages and notes themselves, or of no use between them.
UNTOLD = frozenset({Verb.RECEIVED, Verb.MESSAGE, Verb.NOTE, Verb.REPLY, Verb.REPLY_SENT, Verb.SIGNED_IN})

# Told by the entries, tasks and facts themselves, while they are there.
TOLD_ELSEWHERE = frozenset(
    {Verb.CONTACT, Verb.TASK, Verb.TASK_DONE, Verb.TASK_OPEN, Verb.FACT, Verb.FACT_CORRECTED}
)  # fmt: skip

# A reply that is taken back sooner has been read by nobody.
AT_ONCE = timedelta(minutes=1)
TOGETHER = timedelta(seconds=1)  # what one press wrote

# What names another tip.
TO_ANOTHER = frozenset(
    {Verb.MERGED, Verb.UNMERGED, Verb.SPLIT, Verb.LINKED, Verb.UNLINKED, Verb.SAME_READER, Verb.OTHER_READER}
)


@dataclass(frozen=True, slots=True)
class ConversationEntry:
    """One line of a conversation. `who` is a short name or a colleague's name, "" for tipline itself.

    For events, `before` and `after` are words of closed vocabularies (to be put into words by labels), except that
    people and tags stand there by name.
    """

    kind: Literal["message", "note", "contact", "event"]
    at: datetime
    who: str
    by_reader: bool = False
    message: Message | None = None
    note: Note | None = None
    contact: ContactEntry | None = None
    event: Event | None = None
    before: str = ""
    after: str = ""
    undoable: bool = False
    files: list[StoredFile] = field(default_factory=list)
    outgoing: Outgoing | None = None  # of a message; of a status, the reply that gave it
    marks: list[str] = field(default_factory=list)  # of its raw mail: Ledger.flags

    @property
    def goes_with_reply(self) -> bool:
        """Whether its undo takes back the reply too, which has not left yet."""
        return self.event is not None and self.outgoing is not None and outbox.is_here(self.outgoing)


def conversation(session: Session, tip: Tip, by: Actor) -> list[ConversationEntry]:
    """Everything of a tip that this person sees, oldest first. The caller got the tip from `access.tip`."""
    assert tip.id is not None
    reader = readers.short_name(session, tip, by)
    people = accounts.names(session)
    written = _messages(session, tip.id, reader, people)
    taken_back = {one.message.id: one.at for one in written if one.message and _is_taken_back(one.outgoing)}
    entries = [one for one in written if not _is_taken_back(one.outgoing)]
    entries += _written_down(session, tip.id, people)
    entries += _events(session, tip.id, reader, people, by, taken_back)
    return sorted(entries, key=_order)


def _written_down(session: Session, tip_id: int, people: dict[int | None, str]) -> list[ConversationEntry]:
    """Notes, calls and meetings, with their files."""
    of_notes: dict[int | None, list[StoredFile]] = {}
    of_contacts: dict[int | None, list[StoredFile]] = {}
    for file in files.of_tip(session, tip_id):
        of_notes.setdefault(file.note_id, []).append(file)
        of_contacts.setdefault(file.contact_id, []).append(file)
    entries = []
    for note in session.scalars(select(Note).where(col(Note.tip_id) == tip_id)):
        who = people.get(note.author_id, "")
        entries.append(ConversationEntry("note", note.created_at, who, note=note, files=of_notes.get(note.id, [])))
    for contact in session.scalars(select(ContactEntry).where(col(ContactEntry.tip_id) == tip_id)):
        who = people.get(contact.author_id, "")
        entries.append(
            ConversationEntry("contact", contact.at, who, contact=contact, files=of_contacts.get(contact.id, []))
        )
    return entries


def _order(entry: ConversationEntry) -> tuple[datetime, int, int]:
    """By time; at the same moment what was said stands before what was done about it."""
    row = entry.message or entry.note or entry.contact or entry.event
    return entry.at, entry.kind == "event", (row.id or 0) if row else 0


def _messages(session: Session, tip_id: int, reader: str, people: dict[int | None, str]) -> list[ConversationEntry]:
    by_message: dict[int | None, list[StoredFile]] = {}
    for file in files.of_tip(session, tip_id):
        by_message.setdefault(file.message_id, []).append(file)
    outgoing = {o.message_id: o for o in session.scalars(select(Outgoing).where(col(Outgoing.tip_id) == tip_id))}
    marks = _marks(session, tip_id)
    return [
        ConversationEntry(
            "message",
            # A mail's own date is the sender's claim; ours keeps the order of what is waiting here, and of what came
            # of it: a report stands behind the mail that it gives back, whatever the server's clock says.
            message.created_at if _by_our_clock(message) else message.sent_at,
            reader if message.direction is Direction.IN else people.get(message.author_id, ""),
            by_reader=message.direction is Direction.IN,
            message=message,
            files=by_message.get(message.id, []),
            outgoing=outgoing.get(message.id),
            marks=marks.get(message.id, []),
        )
        for message in session.scalars(select(Message).where(col(Message.tip_id) == tip_id))
        if not _is_code(outgoing.get(message.id))
    ]


def _marks(session: Session, tip_id: int) -> dict[int, list[str]]:
    """What the ledger noted of each mail: that it lay in Junk, for one."""
    rows = session.execute(
        select(col(Message.id), col(Ledger.flags))
        .join(Ledger, col(Ledger.id) == col(Message.ledger_id))
        .where(col(Message.tip_id) == tip_id)
    )
    return dict(rows.all())


def _is_taken_back(out: Outgoing | None) -> bool:
    """It never left, and its text is in its writer's composer: a card would say what nobody said. What did not arrive
    and was given up stays."""
    return out is not None and out.state is SendState.WITHDRAWN and out.reason != outbox.GIVEN_UP


def _is_code(out: Outgoing | None) -> bool:
    """A code for the reader's page is nobody's word."""
    return out is not None and out.kind is MailKind.PAGE_CODE


def _by_our_clock(message: Message) -> bool:
    return message.direction is Direction.OUT or message.automatic == Automatic.BOUNCE


def _events(
    session: Session,
    tip_id: int,
    reader: str,
    people: dict[int | None, str],
    by: Actor,
    taken_back: Mapping[int, datetime],
) -> list[ConversationEntry]:
    rows = session.scalars(
        select(Event).where(col(Event.tip_id) == tip_id, col(Event.verb).not_in(UNTOLD)).order_by(col(Event.id))
    ).all()
    tag_ids = {e.object_id for e in rows if e.verb in (Verb.TAGGED, Verb.UNTAGGED)}
    tags = {t.id: t.name for t in session.scalars(select(Tag).where(col(Tag.id).in_(tag_ids)))} if tag_ids else {}
    undone = {e.undoes for e in rows if e.undoes}
    untold = _beside_taken_back(rows, taken_back)
    others = _visible(session, rows, by)
    places = _callouts(session, rows)
    entries = []
    for event in rows:
        before, after = event.before, event.after
        if event.id in untold or (event.verb in TOLD_ELSEWHERE and after != "removed"):
            continue
        if event.verb is Verb.ASSIGNED:
            before, after = (people.get(int(x), "") if x else "" for x in (before, after))
        elif event.verb in (Verb.TAGGED, Verb.UNTAGGED):
            after = tags.get(event.object_id, "")
        elif event.verb in TO_ANOTHER:
            after = str(other) if (other := _other(event)) in others else ""
        elif event.verb is Verb.MOVED:
            before, after = places.get(before, ""), places.get(after, "")
        who = reader if event.actor is ActorKind.READER else people.get(event.account_id, "")
        mine = event.account_id == by.account_id or by.edits_callouts
        undoable = mine and by.works_tips and triage.is_undoable(event) and event.id not in undone
        undoable = undoable and event.undoes is None
        reply = reply_events.reply_behind(session, event) if undoable else None
        entries.append(
            ConversationEntry("event", event.at, who, event.actor is ActorKind.READER, event=event, before=before,
                  after=after, undoable=undoable, outgoing=reply)
        )  # fmt: skip
    return entries


def _beside_taken_back(rows: Sequence[Event], written: Mapping[int, datetime]) -> set[int | None]:
    """What is not told of replies that were taken back, which were `written` at these times: the status that one gave
    its tip, since it went back with it; and of what was taken back at once, that it ever was. What colleagues may have
    read, waiting for its time, leaves one line: they would look for it."""
    statuses = {event.id: event for event in rows if event.verb is Verb.STATUS}
    untold: set[int | None] = set()
    for event, then in pairwise((*rows, None)):
        begun = written.get(event.object_id or 0) if event and event.verb is Verb.REPLY_WITHDRAWN else None
        if event is None or begun is None:
            continue
        if event.at - begun <= AT_ONCE:
            untold.add(event.id)
        given = statuses.get(then.undoes) if then and then.verb is Verb.STATUS else None
        if then and given and given.after == Status.WAITING and then.at - event.at <= TOGETHER:
            untold |= {then.id, given.id}
    return untold


def file_for_reader(session: Session, tip_id: int, file_id: int) -> StoredFile:
    """A file of ours that stands on the reader's own page. NotVisible where there is none of that id."""
    ours = (entry for entry in for_reader(session, tip_id) if not entry.by_reader)
    found = next((file for entry in ours for file in entry.files if file.id == file_id), None)
    if found is None:
        raise NotVisible("file")
    return found


def _other(event: Event) -> int:
    """The other tip that a line of history names."""
    return event.object_id or int(event.after or event.before or 0)


def _visible(session: Session, rows: Sequence[Event], by: Actor) -> set[int | None]:
    """Those of the tips that a history names which this person sees: of the others not even the number is shown."""
    named = {_other(event) for event in rows if event.verb in TO_ANOTHER}
    query = select(col(Tip.id)).where(col(Tip.id).in_(named), access.visible(by))
    return set(session.scalars(query)) if named else set()


def _callouts(session: Session, rows: Sequence[Event]) -> dict[str, str]:
    ids = {int(word) for event in rows if event.verb is Verb.MOVED for word in (event.before, event.after) if word}
    query = select(col(Callout.id), col(Callout.slug)).where(col(Callout.id).in_(ids))
    return {str(id_): slug for id_, slug in session.execute(query)} if ids else {}


def for_reader(session: Session, tip_id: int) -> list[ConversationEntry]:
    """What the reader's own page shows: what they wrote, and our replies that have left or wait for them there."""
    shown = []
    pieces = merged.split_off(session, [one.id or 0 for one in merged.family(session, tip_id)])
    tips = [tip_id, *(piece.id or 0 for piece in pieces)]
    for entry in [entry for one in tips for entry in _messages(session, one, "", {})]:
        if entry.outgoing is not None and not _is_for_reader(entry.outgoing):
            continue
        if entry.message is not None and entry.message.automatic == Automatic.BOUNCE:
            continue  # between mail servers and us
        shown.append(entry)
    return sorted(shown, key=_order)


def _is_for_reader(out: Outgoing) -> bool:
    """Whether a reply may be read on the reader's page: never one that was taken back, or that nobody may send any
    more. One whose time has come is none before the worker has looked at it."""
    if out.state is SendState.WITHDRAWN or out.not_before > now():
        return False
    return out.reason not in ((HELD, SCHEDULED) if out.state is SendState.QUEUED else (HELD, BARRED, NOT_ALLOWED))
