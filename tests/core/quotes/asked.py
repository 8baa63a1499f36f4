"""Quotes of Mei, who wrote by mail, and her answers as mail programs send them."""

from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from tests.core.asking import OURS, written
from tests.core.making import TODAY
from tests.fixtures_db import Cast
from tests.web.arriving import by_mail
from tipline.core import consent, intake, quotes
from tipline.core.outgoing_mail import Sender
from tipline.core.quotes import requests
from tipline.core.quotes.requests import Asking
from tipline.mail import parse
from tipline.models import Message, Outgoing, Quote, QuoteRequest, Tip
from tipline.vocabularies import ConsentChoice

MEI = "mei.li@reader.example"
STORY = "We have waited in Ruili since March. My son is six.\n\nMei Li"
DESK = Sender("The Meridian", OURS)


@dataclass
class Asked:
    """A quote that Mei was asked about."""

    quote: Quote
    tip: Tip
    request: QuoteRequest
    out: Outgoing


def tip_of_mei(
    session: Session, cast: Cast, choice: ConsentChoice | None = ConsentChoice.NAME, language: str = "en"
) -> Tip:
    tip = session.get_one(Tip, by_mail(session, cast.borders, STORY, subject="Stranded", sender=MEI, language=language))
    if choice is not None:
        consent.change(session, tip, choice, today=TODAY, by=cast.bob)
        session.flush()
    return tip


def ask(session: Session, cast: Cast, quote: Quote, asking: Asking | None = None) -> Asked:
    """Bob sends Mei the quote as it stands."""
    request = requests.ask(session, quote.id or 0, asking or Asking(), cast.bob, DESK, TODAY)
    out = session.scalars(select(Outgoing).where(col(Outgoing.message_id) == request.message_id)).one()
    return Asked(quote, session.get_one(Tip, quote.tip_id), request, out)


def drafted_and_asked(
    session: Session, cast: Cast, choice: ConsentChoice | None = ConsentChoice.NAME, language: str = "en"
) -> Asked:
    tip = tip_of_mei(session, cast, choice, language)
    return ask(session, cast, quotes.draft(session, tip.id or 0, cast.bob))


def answer(session: Session, asked: Asked, text: str, *, confirmed: bool | None = True, sender: str = MEI) -> int:
    """Mei's program sends this back, with our mail below it; the id of her message."""
    quoted = "\n".join(f"> {line}" for line in _asking_text(session, asked).splitlines())
    raw = written(
        asked.out.mail_message_id, f"{text}\n\nOn Tue, 22 Jun 2021, The Meridian <{OURS}> wrote:\n{quoted}\n",
        sender=sender,
    )  # fmt: skip
    return intake.receive(session, replace(parse.arrival(raw), sender_confirmed=confirmed)).message_id


def _asking_text(session: Session, asked: Asked) -> str:
    return session.get_one(Message, asked.request.message_id).text
