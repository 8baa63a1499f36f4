"""Which of the things that a reader said counts: the newest. What was said before that and is written down after it,
because it came late or by a clock that stands wrong, counts only where it is stricter."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tipline.core.arrival import ConsentChoice
from tipline.db import now
from tipline.models import Consent

STRICTNESS = {
    ConsentChoice.NAME: 0,
    ConsentChoice.ANONYMOUS: 1,
    ConsentChoice.ASK: 2,
    ConsentChoice.BACKGROUND: 3,
    ConsentChoice.UNKNOWN: 3,
}


def is_stricter(one: ConsentChoice, other: ConsentChoice) -> bool:
    return STRICTNESS[one] > STRICTNESS[other]


def loosens(before: ConsentChoice, choice: ConsentChoice) -> bool:
    """Whether a choice lets more leave the newsroom than before, or takes back that the reader said no. To be asked
    first allows nothing yet."""
    if choice is ConsentChoice.ASK and before is ConsentChoice.UNKNOWN:
        return False
    return STRICTNESS[choice] < STRICTNESS[before]


def stricter(one: ConsentChoice, other: ConsentChoice) -> ConsentChoice:
    """The stricter of two; of two that allow the same, the one that somebody said."""
    return max((one, other), key=lambda choice: (STRICTNESS[choice], choice is not ConsentChoice.UNKNOWN))


def is_late(entries: Iterable[Consent], at: datetime) -> bool:
    """Whether something else was said after this moment, and is written down already. What is yet to come was said by
    a clock that stood wrong, and keeps nobody from changing their mind."""
    return any(at < entry.said_at <= now() for entry in entries)


def counting(entries: Sequence[Consent]) -> Consent | None:
    """The entry that counts, of a tip's entries in any order."""
    counts: Consent | None = None
    before: list[Consent] = []
    for entry in sorted(entries, key=lambda one: one.id or 0):
        if counts is None or is_stricter(entry.choice, counts.choice) or not is_late(before, entry.said_at):
            counts = entry
        before.append(entry)
    return counts
