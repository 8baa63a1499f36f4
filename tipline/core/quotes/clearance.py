"""Whether a quote may be printed as it stands, and if not, what would make it so.

A reader's yes is bound to the hash of exactly what they were shown. Without it, only a reader who allowed their words
without their name may be quoted, without their name.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from tipline.core import consent
from tipline.core.arrival import ConsentChoice
from tipline.core.consent import ConsentVerdict
from tipline.core.readers import redaction
from tipline.core.readers.redaction import Kind
from tipline.models import Attribution, Quote, QuoteAnswer, QuoteRequest, QuoteState, Tip
from tipline.vocabularies import N_

WITH_CREDIT = (Attribution.FIRST_NAME, Attribution.DESCRIPTION)
BY_NAME = (Attribution.NAME, Attribution.FIRST_NAME)
STATES: Mapping[QuoteAnswer | None, QuoteState] = {
    None: QuoteState.SENT,
    QuoteAnswer.YES: QuoteState.APPROVED,
    QuoteAnswer.CHANGE: QuoteState.CHANGE,
    QuoteAnswer.NO: QuoteState.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Clearance:
    """Whether a quote may be printed, and why, in words for the catalogue."""

    may: bool
    reason: str


APPROVED = Clearance(True, N_("The reader approved exactly this quote."))
ANONYMOUS = Clearance(True, N_("The reader allows it, without their name. Leave out what would give them away."))
WAITS = Clearance(False, N_("The reader hasn’t answered yet. Until they say yes, it may not be printed."))
WANTS_CHANGE = Clearance(False, N_("The reader wants it changed. Edit the quote and send it to them again."))
SAID_NO = Clearance(False, N_("The reader said no to this quote."))
TIGHTENED = Clearance(False, N_("The reader allows less now than when they approved this quote. Ask them again."))
SEND_FIRST = Clearance(False, N_("Send the reader this exact quote first: the form promises it."))
ASK_FIRST = Clearance(False, N_("The reader wants to be asked first. Send them this quote."))
NAMES_THEM = Clearance(
    False,
    N_("The reader doesn’t allow their name yet. Choose a description or no name, or send them this quote to ask."),
)
GIVES_AWAY = Clearance(
    False,
    N_("The text gives the reader away: take out their name, address or phone number, or send it to them to ask."),
)


def hash_of(quote: Quote) -> str:
    """SHA-256 over what a reader is shown: the text, and what stands under it."""
    shown = "\n".join((" ".join(quote.text.split()), quote.attribution, quote.credit))
    return hashlib.sha256(shown.encode()).hexdigest()


def of(session: Session, quote: Quote, tip: Tip, requests: Sequence[QuoteRequest]) -> Clearance:
    """Whether it may be printed. `requests` are all of this quote, newest first."""
    this = hash_of(quote)
    asked = next((one for one in requests if one.quote_hash == this), None)
    if asked is not None:
        return _answered(session, quote, tip, asked)
    if any(one.answer is QuoteAnswer.NO for one in requests[:1]):
        return SAID_NO
    if requests:
        return SEND_FIRST  # once asked, always asked: the text has changed since
    if tip.consent is ConsentChoice.NAME:
        return SEND_FIRST
    if tip.consent is ConsentChoice.ASK:
        return ASK_FIRST
    allowed = consent.allows(session, tip)
    if allowed.verdict is not ConsentVerdict.ANONYMOUS:
        return Clearance(False, allowed.reason)
    if quote.attribution in BY_NAME:
        return NAMES_THEM
    traces = redaction.of_tip(session, tip).find(f"{quote.text}\n{quote.credit}")
    return GIVES_AWAY if any(trace.kind is not Kind.PART for trace in traces) else ANONYMOUS


def _answered(session: Session, quote: Quote, tip: Tip, asked: QuoteRequest) -> Clearance:
    if asked.answer is not QuoteAnswer.YES:
        return {None: WAITS, QuoteAnswer.CHANGE: WANTS_CHANGE, QuoteAnswer.NO: SAID_NO}[asked.answer]
    newest = next(iter(consent.history(session, tip.id or 0)), None)
    later = newest is not None and asked.answered_at is not None and newest.said_at > asked.answered_at
    if not later or tip.consent is ConsentChoice.NAME:
        return APPROVED
    if tip.consent is ConsentChoice.ANONYMOUS and quote.attribution not in BY_NAME:
        return APPROVED
    return TIGHTENED
