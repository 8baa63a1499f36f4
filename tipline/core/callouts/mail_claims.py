"""What mail a callout claims: that to its address, with anything behind a plus, and that with its words in the subject.

Two callouts that claim the same are refused in the builder, so that nobody has to guess where a mail went.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core.text.han import SIMPLIFIED
from tipline.core.text.storable import storable
from tipline.db import CLAIMING, one_at_a_time
from tipline.errors import Refused
from tipline.models import Callout, CalloutStatus
from tipline.vocabularies import N_

SAME_ADDRESS = N_(
    "Another callout takes the mail to this address. Choose another, such as one with a word of its own behind a plus "
    "(name+word@…), or archive the other callout first."
)
SAME_SUBJECT = N_("Another callout takes the mail with these words in the subject. Choose other words.")
NO_WORDS = N_("Write at least one word that mail about this callout has in its subject.")
UNSPACED = "\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
WORD = re.compile(r"[^\W_]+")


def places(address: str) -> Iterator[str]:
    """An address, and each that is left of it without the last "+…": china+k3x@ is written to china@."""
    local, at, domain = address.strip().casefold().rpartition("@")
    yield local + at + domain
    while "+" in local:
        local = local.rpartition("+")[0]
        yield local + at + domain


def takes_plus(address: str, mailboxes: Collection[str]) -> bool:
    """Whether name+token@ arrives: the address is one of these mailboxes that take it, or lies behind a plus of one."""
    return not {one.strip().casefold() for one in mailboxes}.isdisjoint(places(address))


def words(subject: str) -> frozenset[str]:
    """The words of a rule, folded as `holds` wants them."""
    return frozenset(WORD.findall(folded(subject)))


def folded(subject: str) -> str:
    """A subject without differences of case, width, and Traditional and Simplified characters."""
    return unicodedata.normalize("NFKC", subject).casefold().translate(SIMPLIFIED)


def holds(subject: str, wanted: frozenset[str]) -> bool:
    """Whether a folded subject has all of these words: whole ones, but in scripts without spaces any place will do."""
    return bool(wanted) and all(_pattern(word).search(subject) for word in wanted)


@lru_cache(maxsize=1000)
def _pattern(word: str) -> re.Pattern[str]:
    letter, unspaced = rf"[^\W_{UNSPACED}]", re.compile(f"[{UNSPACED}]")
    before = "" if unspaced.match(word[0]) else rf"(?<!{letter})"
    after = "" if unspaced.match(word[-1]) else rf"(?!{letter})"
    return re.compile(f"{before}{re.escape(word)}{after}")


def check(session: Session, callout_id: int | None, address: str, subject: str) -> None:
    """Refused where another callout, not in the archive, claims the same address or the same words."""
    address, wanted = address.strip().casefold(), words(storable(subject))
    if subject.strip() and not wanted:
        raise Refused(NO_WORDS)
    if not address and not wanted:
        return
    one_at_a_time(session, CLAIMING)  # the second of two editors sees what the first one claimed
    rows = session.execute(
        select(col(Callout.id), col(Callout.mail_address), col(Callout.mail_subject)).where(
            col(Callout.status) != CalloutStatus.ARCHIVED
        )
    )
    for other_id, other_address, other_subject in rows:
        if other_id == callout_id:
            continue
        if address and other_address.strip().casefold() == address:
            raise Refused(SAME_ADDRESS)
        if wanted and words(other_subject) == wanted:
            raise Refused(SAME_SUBJECT)
