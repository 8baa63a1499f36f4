"""What came lately, in this process's memory: how many stories were nearly the same, and how many one callout got.

A story leaves sixteen numbers, the smallest hashes of its runs of three words, under a salt that dies with the process.
Whoever changes a name or a number in a template changes few of them.
"""

import threading
from collections import Counter, deque
from collections.abc import Hashable, Sequence
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlmodel import Session

from tipline.core import vault
from tipline.sealing import Master

NEAR = 30 * 60  # seconds: what came in this stretch of time, the one before or after, is near
CALLOUT_SECONDS = 5 * 60  # over which a callout's stories are counted
MAX_STORIES = 5_000  # stories remembered
NUMBERS = 16
MIN_WORDS = 8  # words; shorter stories are alike by nature: "me too", "请帮帮我"

Key = tuple[Hashable, int]


class RecentStories:
    """The stories that came last. Thread-safe; the same story told again counts once."""

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()
        self._order: deque[tuple[Hashable, list[Key]]] = deque()
        self._known: set[Hashable] = set()
        self._lock = threading.Lock()

    def meet(self, story: Hashable, callout: Hashable, at: datetime, numbers: Sequence[int]) -> tuple[int, int]:
        """Remember a story; how many earlier ones were like it, and how many its callout got in these minutes.

        `story` is its own name, by which a second try to file it is known.
        """
        near, minutes = int(at.timestamp()) // NEAR, int(at.timestamp()) // CALLOUT_SECONDS
        of_callout = (("callout", callout), minutes)
        with self._lock:
            alike = sorted((sum(self._counts[n, near + by] for by in (-1, 0, 1)) for n in numbers), reverse=True)
            met = (alike[len(alike) // 2] if alike else 0), self._counts[of_callout]
            if story in self._known:
                return max(0, met[0] - 1), max(0, met[1] - 1)
            self._remember(story, [of_callout, *((n, near) for n in numbers)])
        return met

    def _remember(self, story: Hashable, keys: list[Key]) -> None:
        self._known.add(story)
        self._order.append((story, keys))
        self._counts.update(keys)
        if len(self._order) > MAX_STORIES:
            oldest, gone = self._order.popleft()
            self._known.discard(oldest)
            for key in gone:
                self._counts[key] -= 1
                if not self._counts[key]:
                    del self._counts[key]


def numbers_of(words: Sequence[str]) -> list[int]:
    """What is remembered of a story; nothing of a short one."""
    if len(words) < MIN_WORDS:
        return []
    return sorted({hash(run) for run in zip(words, words[1:], words[2:], strict=False)})[:NUMBERS]


_recent: WeakKeyDictionary[Master, RecentStories] = WeakKeyDictionary()
_making = threading.Lock()


def recent(session: Session) -> RecentStories:
    """The memory of the newsroom whose session this is."""
    with _making:
        return _recent.setdefault(vault.master(session), RecentStories())
