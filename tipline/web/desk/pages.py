"""A page of a list as a person is shown it: what it tells of readers' names is recorded before it is shown."""

from datetime import date

from tipline.core import inbox
from tipline.core.filters import Filters
from tipline.core.inbox import Cursor, ListPage, looked_up
from tipline.web.guards import current_actor, read, write


def of_list(wanted: Filters, day: date, after: Cursor | None = None, *, limit: int) -> ListPage:
    """The one thing that a GET of the desk writes: who was found by name."""
    by = current_actor()
    found = inbox.page(read(), wanted, by, day, after, limit=limit)
    named = looked_up.new(read(), wanted, [row.tip for row in found.rows], by)
    if not named:
        return found
    with write() as session:
        looked_up.record(session, named, by)
        session.commit()
    return inbox.page(read(), wanted, by, day, after, limit=limit)  # anew: to write has ended what was read
