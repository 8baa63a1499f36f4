"""The line before one account: browsers that it does not know try one after another, from however many networks."""

import math
from collections import OrderedDict
from dataclasses import dataclass

KEPT = 600  # seconds that a place is kept for whoever waited for it


@dataclass(frozen=True, slots=True)
class Pace:
    """How many tries an account takes at once, and then one each so many seconds."""

    burst: int
    seconds: int

    @property
    def ahead(self) -> int:
        return (self.burst - 1) * self.seconds


class Line:
    """Gives each source its own time to try, in the order in which they came (GCRA). Whoever comes back at their time
    is let through, however many others try meanwhile."""

    def __init__(self, pace: Pace, most: int) -> None:
        self._pace, self._most = pace, most
        self._given: OrderedDict[str, float] = OrderedDict()  # of an account: the time up to which tries are given out
        self._places: OrderedDict[str, float] = OrderedDict()  # of a source at an account: its time

    def wait(self, account: str, source: str, at: float) -> int:
        """Take a turn: 0, or the seconds until it comes."""
        place = self._places.get(source)
        if place is None or at > place + KEPT:
            given = self._given.pop(account, 0.0)
            place = max(at, given - self._pace.ahead)
            self._given[account] = max(given, place) + self._pace.seconds
            self._places[source] = place
            for kept in (self._given, self._places):
                while len(kept) > self._most:
                    kept.popitem(last=False)
        if place > at:
            return math.ceil(place - at)
        del self._places[source]
        return 0

    def give_back(self, source: str, at: float) -> None:
        """The turn was not used: it is kept."""
        self._places[source] = at

    def given(self, account: str) -> float:
        return self._given.get(account, 0.0)

    def restore(self, account: str, given: float, at: float) -> None:
        """After a restart: those who waited are unknown, so that the next try is one step away at most."""
        self._given[account] = min(given, at + self._pace.ahead + self._pace.seconds)
