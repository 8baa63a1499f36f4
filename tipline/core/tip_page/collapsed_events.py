"""Small changes of one person in a row: a conversation shows them as one line that opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tipline.core import tip_fields
from tipline.core.tip_page.conversation import ConversationEntry
from tipline.models import ActorKind, Verb

SMALL = frozenset(tip_fields.SMALL_CHANGES)
MIN_EVENTS = 3  # two lines say more than one that hides them
PAUSE = timedelta(hours=1)  # what comes later is another sitting


@dataclass(frozen=True, slots=True)
class EventRun:
    """`FEWEST` changes or more, the oldest first; or (`taken_back`) some that their maker took back, with that."""

    entries: list[ConversationEntry]
    taken_back: bool = False
    kind: Literal["run"] = "run"

    @property
    def who(self) -> str:
        return self.entries[0].who

    @property
    def at(self) -> datetime:
        return self.entries[-1].at

    @property
    def first(self) -> int:
        """The event that it begins with: what comes later makes it longer, and this stays."""
        event = self.entries[0].event
        return event.id or 0 if event else 0

    @property
    def verbs(self) -> list[Verb]:
        """What was done, each once."""
        return list(dict.fromkeys(entry.event.verb for entry in self.entries if entry.event))


def folded(entries: Sequence[ConversationEntry]) -> list[ConversationEntry | EventRun]:
    """The lines of a conversation. Messages, notes, reasons, and whatever a reader or nobody did, stand by
    themselves."""
    lines: list[ConversationEntry | EventRun] = []
    row: list[ConversationEntry] = []
    for entry in entries:
        if row and not _goes_on(row[-1], entry):
            lines += _line(row)
            row = []
        if _is_small(entry):
            row.append(entry)
        else:
            lines.append(entry)
    return lines + _line(row)


def _line(row: list[ConversationEntry]) -> list[ConversationEntry | EventRun]:
    """The lines of changes in a row: those that cancel out are one, and hide nothing of the others."""
    events = {entry.event.id: entry.event for entry in row if entry.event}
    undone = {event.undoes for event in events.values() if event.undoes in events}
    cancelled = [entry for entry in row if entry.event and (entry.event.id in undone or entry.event.undoes in undone)]
    rest = [entry for entry in row if entry not in cancelled]
    lines: list[ConversationEntry | EventRun] = [EventRun(cancelled, taken_back=True)] if cancelled else []
    return [*lines, EventRun(rest)] if len(rest) >= MIN_EVENTS else [*lines, *rest]


def _is_small(entry: ConversationEntry) -> bool:
    event = entry.event
    if event is None or event.actor is not ActorKind.REPORTER or event.verb not in SMALL:
        return False
    return event.verb is not Verb.STATUS or event.object_id is None  # else it has a reason


def _goes_on(last: ConversationEntry, entry: ConversationEntry) -> bool:
    same = last.event and entry.event and last.event.account_id == entry.event.account_id
    return bool(same) and _is_small(entry) and entry.at - last.at <= PAUSE
