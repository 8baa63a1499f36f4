"""Which callout a mail is for, when it begins a tip of its own.

In this order: our token of a conversation (core.outgoing_mail.threads, before any of this), the address that it was
written to, the words in its subject, and the mailbox's own callout. A callout that is paused or closed still gets its
mail: readers answer newsletters that are weeks old. One in the archive keeps its address as long as no other callout
takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlmodel import Session, col

from tipline.core import callouts
from tipline.core.arrival import Address, Arrival
from tipline.core.callouts import mail_claims
from tipline.models import Callout, CalloutStatus

SPOKEN_OF = (CalloutStatus.OPEN, CalloutStatus.PAUSED, CalloutStatus.CLOSED)  # whose words in a subject count


@dataclass(frozen=True, slots=True)
class Routes:
    """Which callout a mail is for, as the callouts of this moment claim it."""

    by_address: dict[str, int]
    default: int
    by_words: tuple[tuple[frozenset[str], int], ...] = ()  # the rule that says most first

    def of(self, arrival: Arrival) -> int:
        by_address = self._by_address(arrival)
        return by_address if by_address is not None else self._by_words(arrival)

    def _by_address(self, arrival: Arrival) -> int | None:
        """Of the addresses in To and Cc, or else what servers add (Delivered-To, X-Original-To), the first that is
        claimed. Where To and Cc name several, each callout gets the copy that was delivered to it."""
        if arrival.headers is None:
            return None
        written, delivered = self._claimed(arrival.headers.to), self._claimed(arrival.headers.delivered_to)
        chosen = [one for one in delivered if one in written] or written or delivered
        return chosen[0] if chosen else None

    def _claimed(self, written_to: Sequence[Address]) -> list[int]:
        """Whose these addresses are, in their order; of each the whole goes before what is left without its plus."""
        places = (place for one in written_to for place in mail_claims.places(one.address))
        return [self.by_address[place] for place in places if place in self.by_address]

    def _by_words(self, arrival: Arrival) -> int:
        subject = mail_claims.folded(arrival.subject) if self.by_words else ""
        return next((one for wanted, one in self.by_words if mail_claims.holds(subject, wanted)), self.default)


def routes(session: Session, default_slug: str) -> Routes:
    """The routes of a mailbox. Where its own callout is not set or not there, the general one takes its place."""
    claims = or_(col(Callout.mail_address) != "", col(Callout.mail_subject) != "", col(Callout.slug) == default_slug)
    rows = session.scalars(select(Callout).where(claims).order_by(col(Callout.id))).all()
    default = next((row.id for row in rows if row.slug == default_slug), None) or callouts.general(session).id
    assert default is not None
    by_address: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row.status is CalloutStatus.ARCHIVED):
        if row.mail_address and row.id is not None:
            by_address.setdefault(row.mail_address.strip().casefold(), row.id)
    spoken_of = [(mail_claims.words(row.mail_subject), row.id) for row in rows if row.status in SPOKEN_OF]
    by_words = [(wanted, callout_id) for wanted, callout_id in spoken_of if wanted and callout_id is not None]
    by_words.sort(key=lambda one: -sum(len(word) for word in one[0]))
    return Routes(by_address, default, tuple(by_words))
