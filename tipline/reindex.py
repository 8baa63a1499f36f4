"""Makes the search index anew piece by piece, while everybody works on, and counts all tips anew, while nobody does."""

import time
from collections.abc import Callable

from tipline.core import search
from tipline.core.counts import counters
from tipline.db import Database

PIECE = 200  # tips of one transaction: whoever changes one of them waits as long
LINE_SECONDS = 2.0


def reindex(database: Database, after: int, say: Callable[[str], None]) -> None:
    """The documents of all tips above the id `after`. Interrupted, it says from where to go on."""
    began = said_at = time.monotonic()
    done, at = 0, after
    try:
        while True:
            with database.writing() as session:
                count, last = search.rebuild(session, at, PIECE)
                session.commit()
            if last is None:
                break
            done, at = done + count, last
            if time.monotonic() - said_at > LINE_SECONDS:
                said_at = time.monotonic()
                say(f"{done:,} documents, {done / (said_at - began):,.0f} a second, up to T-{at:06d}")
    except KeyboardInterrupt:
        say(f"Stopped after {done:,} documents. `tipline reindex --after {at}` goes on from here.")
        return
    say(f"Made {done:,} documents anew in {time.monotonic() - began:,.0f} s.")


def recount(database: Database, say: Callable[[str], None]) -> None:
    """The numbers of lists and of the page of numbers, in one transaction."""
    began = time.monotonic()
    with database.writing() as session:
        counters.rebuild(session)
        there = counters.checked(session)[1]
        session.commit()
    say(f"Counted {there:,} tips anew in {time.monotonic() - began:,.0f} s.")
