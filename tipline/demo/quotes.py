"""The demo's quotes: one at each stage, from the draft to the printed article."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import quotes
from tipline.core.access import Actor
from tipline.core.outgoing_mail import Sender
from tipline.core.quotes import QuoteChange, requests
from tipline.core.quotes.requests import Asking
from tipline.core.tips import highlights
from tipline.models import Attribution, Direction, Message, Quote, QuoteAnswer, Tip


def write(
    session: Session,
    entries: Sequence[Mapping[str, Any]],
    tips: Mapping[str, int],
    people: Mapping[str, Actor],
    sender: Sender,
    today: date,
) -> None:
    """What reporters quoted, and what readers said of it."""
    for entry in entries:
        by, tip_id = people[entry["by"]], tips[entry["story"]]
        row = _drafted(session, tip_id, entry, by)
        quote_id = row.id or 0
        if "ask" in entry:
            asked = requests.ask(session, quote_id, Asking(entry["ask"]), by, sender, today)
            if "answer" in entry:
                tip = session.get_one(Tip, tip_id)
                requests.by_page(session, tip, asked.id or 0, QuoteAnswer(entry["answer"]), today)
        if "article" in entry:
            quotes.publish(session, quote_id, entry["article"], by)
        elif entry.get("placed"):
            quotes.place(session, quote_id, by)


def _drafted(session: Session, tip_id: int, entry: Mapping[str, Any], by: Actor) -> Quote:
    of_reader = col(Message.tip_id) == tip_id, col(Message.direction) == Direction.IN
    message = session.scalars(select(Message).where(*of_reader).order_by(col(Message.id)).limit(1)).one()
    passage = highlights.mark(session, message.id, 0, entry["passage"], by)
    row = quotes.draft(session, tip_id, by, passage.id)
    if "attribution" in entry or "text" in entry:
        attribution = Attribution(entry.get("attribution", row.attribution))
        change = QuoteChange(entry.get("text", row.text), attribution, entry.get("credit", ""))
        quotes.edit(session, row.id or 0, change, quotes.version_of(row), by)
    return row
