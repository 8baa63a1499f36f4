"""Lists that are kept in the words that somebody typed: those that name a reader are kept sealed."""

import base64

from sqlalchemy import delete
from sqlmodel import Session, col

from tipline.core import vault
from tipline.core.access import Actor
from tipline.core.filters import Filters
from tipline.core.inbox.listing import TipList
from tipline.core.readers import redaction
from tipline.core.text.search_query import words
from tipline.db import now
from tipline.models import DataKey
from tipline.sealing import sealed_by

SEALED = "sealed:"  # what is kept begins with it; there is no filter of this name, so that no query does
PLACE = "kept_query:0:query"  # under a key of its own, which goes with it
MOST_WORDS = 20


def names_a_reader(session: Session, filters: Filters, by: Actor) -> bool:
    """Whether a list asks for readers by name, or a word that was typed is the name of one whom this person finds."""
    if filters.names:
        return True
    if not by.works_tips:
        return False
    typed = list(dict.fromkeys(words(filters.text)))[:MOST_WORDS]
    called = (Filters(any_status=True, names=(word,)) for word in typed)
    return any(TipList(session, one, by, now().date()).ids(1) for one in called)


def sealed(session: Session, query: str, by: Actor, called: str = "") -> str:
    """A query as it is kept; `called`: the name of its view, which counts as words of it."""
    title = Filters(text=called)
    reached = "@" in called or redaction.PHONE.search(called) is not None
    if not (reached or names_a_reader(session, Filters.parse(query), by) or names_a_reader(session, title, by)):
        return query
    value = vault.seal_text(vault.new_key(session), query, PLACE)
    return SEALED + base64.b64encode(value).decode()


def opened(session: Session, kept: str) -> str:
    """What was typed."""
    return vault.open_text(session, _value(kept), PLACE) if kept.startswith(SEALED) else kept


def forget(session: Session, kept: str) -> None:
    """Nobody needs it any more."""
    if kept.startswith(SEALED):
        session.execute(delete(DataKey).where(col(DataKey.id) == sealed_by(_value(kept))))


def _value(kept: str) -> bytes:
    return base64.b64decode(kept.removeprefix(SEALED))
