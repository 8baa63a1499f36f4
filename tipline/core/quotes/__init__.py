"""Quotes on their way into print: drafted from what a reader wrote, approved by the reader, placed and published.

What the reader is asked is `requests`, what they answer `answers`, whether a quote may be printed `clearance`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core import access, consent, events, readers
from tipline.core.access import Actor
from tipline.core.consent import WITHHELD, ConsentVerdict
from tipline.core.quotes import clearance
from tipline.core.quotes.clearance import Clearance
from tipline.core.readers import redaction
from tipline.core.readers.redaction import Kind
from tipline.core.text.storable import storable
from tipline.core.tips import highlights, stories
from tipline.db import now
from tipline.errors import Conflict, NotVisible, Refused
from tipline.models import Attribution, Message, Quote, QuoteRequest, QuoteState, Tip, Verb
from tipline.vocabularies import N_

MAX_TEXT, MAX_CREDIT, MAX_ADDRESS = 2000, 200, 500
MAX_SHOWN = 200  # on the board
EMPTY = N_("The quote is empty. Write what is to be printed.")
LONG = N_("A quote has at most 2,000 characters. Shorten it.")
NO_WORDS = N_("There are no words of the reader to quote.")
NO_CREDIT = N_("Write who is quoted: a place, or a description such as “a teacher in Wuhan”.")
NO_ARTICLE = N_("Give the article’s address. It must begin with https:// and have at most 500 characters.")
CHANGED = N_("Somebody else changed this quote. Your change isn’t saved: look at theirs first.")
ASKED = N_("The reader has been asked about this quote, so it stays on record. Withdraw it instead.")
OUT = (QuoteState.PLACED, QuoteState.PUBLISHED, QuoteState.CORRECTED)  # of the desk, into an article
IN_PRINT = (QuoteState.PUBLISHED, QuoteState.CORRECTED)


@dataclass(frozen=True, slots=True)
class QuoteChange:
    """What a reporter writes of a quote."""

    text: str
    attribution: Attribution
    credit: str = ""


@dataclass(frozen=True, slots=True)
class PrintableQuote:
    """A quote that may be printed: `credit` is what stands under it, "" for nothing, and `reason` why it may be.
    `quote_hash` is of what the reader approved, "" where they were not asked."""

    tip_id: int
    text: str
    original: str
    credit: str
    attribution: Attribution
    state: QuoteState
    article: str
    reason: str
    approved_at: datetime | None
    quote_hash: str


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A quote with all that is known of it. `name` is the reader's short name on the desk, never a credit."""

    row: Quote
    tip: Tip
    requests: list[QuoteRequest]  # newest first
    clearance: Clearance
    name: str = ""

    @property
    def waits(self) -> QuoteRequest | None:
        """The request that the reader has not answered yet."""
        return next((one for one in self.requests if one.answer is None), None)


def draft(session: Session, tip_id: int, by: Actor, passage_id: int | None = None) -> Quote:
    """A quote of a highlighted passage, or (None) of how the story begins. What identifies the reader beyond what they
    allow is left out of its text. NotVisible, NotAllowed; Refused where the reader keeps the words out of print."""
    tip = access.tip_to_work(session, tip_id, by)
    if passage_id is None:
        original = stories.story(session, tip_id)[:MAX_TEXT]
        message_id, held = _first_message(session, tip_id), stories.withheld(session, tip)
    else:
        passage = highlights.to_quote(session, tip, passage_id)
        original, message_id = passage.passage, passage.message_id
        held = highlights.kept_out(session, tip, original)
    if held:
        raise Refused(WITHHELD.reason)
    if not original.strip():
        raise Refused(NO_WORDS)
    by_name = consent.allows(session, tip).verdict is ConsentVerdict.NAME
    known = redaction.of_tip(session, tip)
    kinds = (Kind.ADDRESS, Kind.PHONE) if by_name else tuple(Kind)
    at = now()
    row = Quote(
        tip_id=tip_id,
        message_id=message_id,
        original=original,
        text=known.without(known.unsigned(original), kinds).strip() or original.strip(),
        attribution=Attribution.NAME if by_name else Attribution.ANONYMOUS,
        made_by=by.account_id,
        created_at=at,
        changed_at=at,
    )
    session.add(row)
    session.flush()
    events.record(session, Verb.QUOTE, by=by, tip_id=tip_id, object_id=row.id, after=row.state)
    return row


def find(session: Session, quote_id: int, by: Actor, *, lock: bool = False) -> tuple[Quote, Tip]:
    """A quote of a tip that this person works on. NotVisible, NotAllowed."""
    wanted = select(Quote).where(col(Quote.id) == quote_id)
    row = session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
    if row is None:
        raise NotVisible("quote")
    return row, access.tip_to_work(session, row.tip_id, by)


def view(session: Session, quote_id: int, by: Actor) -> QuoteView:
    """A quote with all that is known of it. NotVisible, NotAllowed."""
    row, _tip = find(session, quote_id, by)
    return _views(session, [row], by)[0]


def of_tip(session: Session, tip: Tip, by: Actor) -> list[QuoteView]:
    """A tip's quotes, oldest first. The caller has asked `access.tip`."""
    rows = session.scalars(select(Quote).where(col(Quote.tip_id) == tip.id).order_by(col(Quote.id))).all()
    return _views(session, rows, by)


def board(
    session: Session, by: Actor, state: QuoteState | None = None, callout_id: int | None = None
) -> list[QuoteView]:
    """The quotes of all tips that this person sees, those changed last first; at most MAX_SHOWN."""
    wanted = select(Quote).join(Tip, col(Tip.id) == col(Quote.tip_id)).where(access.visible(by))
    if state is not None:
        wanted = wanted.where(col(Quote.state) == state)
    if callout_id is not None:
        wanted = wanted.where(col(Tip.callout_id) == callout_id)
    newest = wanted.order_by(col(Quote.changed_at).desc(), col(Quote.id).desc())
    return _views(session, session.scalars(newest.limit(MAX_SHOWN)).all(), by)


def counted(session: Session, by: Actor, callout_id: int | None = None) -> dict[QuoteState, int]:
    """How many quotes this person sees in each state."""
    wanted = select(col(Quote.state), func.count()).join(Tip, col(Tip.id) == col(Quote.tip_id))
    if callout_id is not None:
        wanted = wanted.where(col(Tip.callout_id) == callout_id)
    return dict(session.execute(wanted.where(access.visible(by)).group_by(col(Quote.state))).all())


def edit(session: Session, quote_id: int, change: QuoteChange, version: str, by: Actor) -> Quote:
    """Change what is to be printed. The reader's approval is of exactly what they were shown: of another text they are
    asked again. `version` is `version_of` the quote on the page. Conflict, Refused, NotVisible, NotAllowed."""
    row, _tip = find(session, quote_id, by, lock=True)
    if version != version_of(row):
        raise Conflict(CHANGED)
    text, credit = storable(change.text).strip(), " ".join(storable(change.credit).split())
    if not text:
        raise Refused(EMPTY)
    if len(text) > MAX_TEXT:
        raise Refused(LONG)
    if change.attribution in clearance.WITH_CREDIT and not credit:
        raise Refused(NO_CREDIT)
    credit = credit[:MAX_CREDIT] if change.attribution in clearance.WITH_CREDIT else ""
    if (text, change.attribution, credit) == (row.text, row.attribution, row.credit):
        return row
    row.text, row.attribution, row.credit = text, change.attribution, credit
    published = row.state in IN_PRINT
    return _enter(session, row, QuoteState.CORRECTED if published else standing(session, row), by)


def place(session: Session, quote_id: int, by: Actor) -> Quote:
    """It is in an article that is not out yet. Refused where it may not be printed."""
    row = _cleared(session, quote_id, by)
    return _enter(session, row, QuoteState.PLACED, by)


def publish(session: Session, quote_id: int, article: str, by: Actor) -> Quote:
    """It is in print, at this address. Refused where it may not be."""
    row = _cleared(session, quote_id, by)
    article = storable(article).strip()
    if not article.startswith(("https://", "http://")) or len(article) > MAX_ADDRESS:
        raise Refused(NO_ARTICLE)
    row.article, row.published_at = article, row.published_at or now()
    return _enter(session, row, QuoteState.PUBLISHED, by)


def withdraw(session: Session, quote_id: int, by: Actor) -> Quote:
    """It is not used, or was taken out of the article."""
    row, _tip = find(session, quote_id, by, lock=True)
    return _enter(session, row, QuoteState.WITHDRAWN, by)


def take_up(session: Session, quote_id: int, by: Actor) -> Quote:
    """Work on a withdrawn quote again."""
    row, _tip = find(session, quote_id, by, lock=True)
    return _enter(session, row, standing(session, row), by) if row.state is QuoteState.WITHDRAWN else row


def remove(session: Session, quote_id: int, by: Actor) -> int:
    """Throw away a draft that nobody was asked about; its tip's id. Refused for any other."""
    row, _tip = find(session, quote_id, by, lock=True)
    if row.state is not QuoteState.DRAFTED or requests_of(session, [quote_id]):
        raise Refused(ASKED)
    events.record(session, Verb.QUOTE, by=by, tip_id=row.tip_id, object_id=row.id, before=row.state, after="removed")
    session.delete(row)
    session.flush()
    return row.tip_id


def credit(session: Session, quote: QuoteView) -> str:
    """What stands under a quote when it is printed, "" for nothing. By name it shows who the reader is: the caller
    records it."""
    person = readers.person(session, quote.tip.reader_id) if quote.row.attribution in clearance.BY_NAME else None
    return credit_line(quote.row, person.name if person else "")


def credit_line(row: Quote, name: str) -> str:
    """What stands under a quote of a reader of this name."""
    match row.attribution:
        case Attribution.NAME:
            return name
        case Attribution.FIRST_NAME:
            return ", ".join(part for part in (*name.split()[:1], row.credit) if part)
    return row.credit


def for_print(session: Session, found: Sequence[QuoteView], by: Actor) -> list[PrintableQuote]:
    """Those of the quotes that may be printed, as they leave the newsroom; that each was copied is recorded."""
    made = []
    for one in found:
        if not one.clearance.may or one.row.state is QuoteState.WITHDRAWN:
            continue
        row, this = one.row, clearance.hash_of(one.row)
        yes = next((asked for asked in one.requests if asked.quote_hash == this and asked.answered_at), None)
        events.record(session, Verb.QUOTED, by=by, tip_id=row.tip_id, after=row.attribution)
        made.append(
            PrintableQuote(
                row.tip_id, row.text, row.original, credit(session, one), row.attribution, row.state, row.article,
                one.clearance.reason, yes.answered_at if yes else None, this if yes else "",
            )
        )  # fmt: skip
    return made


def version_of(row: Quote) -> str:
    return row.changed_at.isoformat()


def standing(session: Session, row: Quote) -> QuoteState:
    """Where a quote stands that is in no article: by what its reader said of exactly this text."""
    asked = next((one for one in requests_of(session, [row.id or 0]) if one.quote_hash == clearance.hash_of(row)), None)
    return clearance.STATES[asked.answer] if asked else QuoteState.DRAFTED


def requests_of(session: Session, quote_ids: list[int]) -> list[QuoteRequest]:
    """What readers were asked about these quotes, newest first."""
    wanted = select(QuoteRequest).where(col(QuoteRequest.quote_id).in_(quote_ids))
    return list(session.scalars(wanted.order_by(col(QuoteRequest.id).desc()))) if quote_ids else []


def _views(session: Session, rows: Sequence[Quote], by: Actor) -> list[QuoteView]:
    tips = {tip.id: tip for tip in session.scalars(select(Tip).where(col(Tip.id).in_({one.tip_id for one in rows})))}
    asked: dict[int, list[QuoteRequest]] = {}
    for request in requests_of(session, [one.id or 0 for one in rows]):
        asked.setdefault(request.quote_id, []).append(request)
    names = readers.short_names(session, tips.values(), by)
    found = []
    for row in rows:
        tip, requests = tips[row.tip_id], asked.get(row.id or 0, [])
        found.append(QuoteView(row, tip, requests, clearance.of(session, row, tip, requests), names[row.tip_id]))
    return found


def _cleared(session: Session, quote_id: int, by: Actor) -> Quote:
    row, tip = find(session, quote_id, by, lock=True)
    found = clearance.of(session, row, tip, requests_of(session, [quote_id]))
    if not found.may:
        raise Refused(found.reason)
    return row


def _enter(session: Session, row: Quote, state: QuoteState, by: Actor) -> Quote:
    before, row.state, row.changed_at = row.state, state, now()
    session.add(row)
    session.flush()
    events.record(session, Verb.QUOTE, by=by, tip_id=row.tip_id, object_id=row.id, before=before, after=state)
    return row


def _first_message(session: Session, tip_id: int) -> int | None:
    wanted = select(col(Message.id)).where(col(Message.tip_id) == tip_id, col(Message.text) != "")
    return session.scalars(wanted.order_by(col(Message.id)).limit(1)).first()
