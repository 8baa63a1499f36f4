"""Readers are asked about a quote in the way that is safe for them, and what they say is written down."""

from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date
from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import consent, events, quotes, readers, replies, triage
from tipline.core.access import Actor
from tipline.core.outgoing_mail import Sender, templates
from tipline.core.quotes import clearance
from tipline.core.text.storable import storable
from tipline.core.tips import last_activity, merged
from tipline.db import now
from tipline.errors import NotVisible, Refused
from tipline.models import (
    ActorKind,
    Attribution,
    Direction,
    Message,
    Quote,
    QuoteAnswer,
    QuoteRequest,
    QuoteState,
    Tip,
    Verb,
)
from tipline.vocabularies import N_

DAYS, MAX_DAYS = 5, 60  # that a reader has to answer
MAX_CONTEXT = 1000
OUT = N_("This quote is in an article already. Correct or withdraw it there first.")
WAITING = N_("The reader has been asked about exactly this quote, and has not answered yet.")
NOT_ASKED = N_("The reader was not asked about the quote as it stands. Send it to them first.")


@dataclass(frozen=True, slots=True)
class Asking:
    """What a reporter wants to ask: `context` is what the article is about, in the reader's language."""

    context: str = ""
    days: int = DAYS


def text_of(session: Session, row: Quote, tip: Tip, asking: Asking, today: date) -> str:
    """The message in which a reader is asked, in their language."""
    language = templates.known(tip.language.replace("-", "_"))
    return templates.render(
        "quote_request",
        language,
        text=row.text,
        credit=_credit(session, row, tip),
        anonymous=row.attribution is Attribution.ANONYMOUS,
        context=storable(asking.context).strip()[:MAX_CONTEXT],
        day=format_date(_answer_by(asking, today), "long", locale=language),
    ).body


def ask(session: Session, quote_id: int, asking: Asking, by: Actor, sender: Sender, today: date) -> QuoteRequest:
    """Send the reader exactly this quote; the tip comes back on the day by which they are to answer. Refused where they
    can't be reached, were asked already, or the quote is in an article. NotVisible, NotAllowed."""
    row, tip = quotes.find(session, quote_id, by, lock=True)
    if row.state in quotes.OUT and row.state is not QuoteState.CORRECTED:
        raise Refused(OUT)
    earlier, this = quotes.requests_of(session, [quote_id]), clearance.hash_of(row)
    if earlier and earlier[0].quote_hash == this and earlier[0].answer is None:
        raise Refused(WAITING)
    text = text_of(session, row, tip, asking, today)
    out = replies.queue(session, row.tip_id, text, by, sender, submission=f"quote {quote_id} {len(earlier)}")
    request = QuoteRequest(
        quote_id=quote_id,
        quote_hash=this,
        message_id=out.message_id,
        asked_by=by.account_id,
        asked_at=now(),
        answer_by=_answer_by(asking, today),
    )
    session.add(request)
    session.flush()
    _restate(session, row, by)
    if tip.follow_up_on is None or tip.follow_up_on > request.answer_by:
        triage.follow_up(session, row.tip_id, request.answer_by, by)
    return request


def record(
    session: Session, quote_id: int, answer: QuoteAnswer, by: Actor, today: date, evidence_id: int | None = None
) -> QuoteRequest:
    """Write down what the reader said of the quote as it stands: on the phone, or in a message that says it. Refused
    where they were not asked about it. NotVisible, NotAllowed."""
    row, tip = quotes.find(session, quote_id, by, lock=True)
    asked = next(
        (one for one in quotes.requests_of(session, [quote_id]) if one.quote_hash == clearance.hash_of(row)), None
    )
    if asked is None:
        raise Refused(NOT_ASKED)
    if evidence_id is not None:
        message = session.get(Message, evidence_id)
        if message is None or message.tip_id != tip.id or message.direction is not Direction.IN:
            raise NotVisible("message")
    settle(session, row, tip, asked, answer, by, today, evidence_id)
    return asked


def by_page(session: Session, tip: Tip, request_id: int, answer: QuoteAnswer, today: date) -> None:
    """What a reader says on their own page. NotVisible where it is no open question of theirs."""
    for row, request in open_of(session, tip):
        if request.id == request_id:
            settle(session, row, tip, request, answer, ActorKind.READER, today)
            last_activity.note(session, tip)
            session.flush()
            return
    raise NotVisible("request")


@dataclass(frozen=True, slots=True)
class AskedQuote:
    """A quote as its reader is asked about it."""

    request_id: int
    text: str
    credit: str
    answer_by: date


def for_reader(session: Session, tip: Tip) -> list[AskedQuote]:
    """What a reader's own page asks them."""
    return [
        AskedQuote(one.id or 0, row.text, _credit(session, row, tip), one.answer_by)
        for row, one in open_of(session, tip)
    ]


def open_of(session: Session, tip: Tip) -> list[tuple[Quote, QuoteRequest]]:
    """The quotes of a tip about which its reader was asked, as they stand now, and has not answered; oldest first."""
    ids = {tip.id, *(one.id for one in merged.family(session, tip.id or 0))}
    wanted = (
        select(Quote, QuoteRequest)
        .join(QuoteRequest, col(QuoteRequest.quote_id) == col(Quote.id))
        .where(col(Quote.tip_id).in_(ids), col(QuoteRequest.answer).is_(None))
        .order_by(col(QuoteRequest.id))
    )
    return [(row, one) for row, one in session.execute(wanted).all() if one.quote_hash == clearance.hash_of(row)]


def taken_back(session: Session, message_id: int) -> None:
    """The message in which a reader was to be asked never left: they were not asked."""
    wanted = col(QuoteRequest.message_id) == message_id, col(QuoteRequest.answer).is_(None)
    for request in session.scalars(select(QuoteRequest).where(*wanted)).all():
        row = session.get_one(Quote, request.quote_id)
        session.delete(request)
        session.flush()
        if row.state not in quotes.OUT and row.state is not QuoteState.WITHDRAWN:
            row.state, row.changed_at = quotes.standing(session, row), now()
            session.add(row)


def settle(
    session: Session,
    row: Quote,
    tip: Tip,
    request: QuoteRequest,
    answer: QuoteAnswer,
    by: Actor | ActorKind,
    today: date,
    evidence_id: int | None = None,
) -> None:
    """An answer: the first entry stands, another is an entry of its own, and the newest counts. A no to what is in an
    article makes the tip due today."""
    if request.answer is not None:
        request = QuoteRequest(
            **request.model_dump(include={"quote_id", "quote_hash", "message_id", "asked_by", "asked_at", "answer_by"})
        )
    request.answer, request.answered_at, request.evidence_id = answer, now(), evidence_id
    request.recorded_by = by.account_id if isinstance(by, Actor) else None
    request.unclear_id = None
    session.add(request)
    session.flush()
    events.record(session, Verb.QUOTE, by=by, tip_id=row.tip_id, object_id=row.id, before=row.state, after=answer)
    if row.state not in quotes.OUT:
        row.state, row.changed_at = quotes.standing(session, row), now()
        session.add(row)
        session.flush()
    elif answer is not QuoteAnswer.YES:
        consent.due_today(session, tip, today, ActorKind.SYSTEM)


def _restate(session: Session, row: Quote, by: Actor) -> None:
    before = row.state
    if row.state is not QuoteState.CORRECTED:
        row.state = quotes.standing(session, row)
    row.changed_at = now()
    session.add(row)
    session.flush()
    events.record(session, Verb.QUOTE, by=by, tip_id=row.tip_id, object_id=row.id, before=before, after="asked")


def _answer_by(asking: Asking, today: date) -> date:
    return today + timedelta(days=min(max(asking.days, 1), MAX_DAYS))


def _credit(session: Session, row: Quote, tip: Tip) -> str:
    """What stands under the quote, as its own reader may see it."""
    if row.attribution not in clearance.BY_NAME:
        return row.credit
    person = readers.person(session, tip.reader_id)
    return quotes.credit_line(row, person.name if person else "")
