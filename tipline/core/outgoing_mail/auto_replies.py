"""Automatic acknowledgements: "we have it", to who wrote in by mail with a story of their own (RFC 3834).

Off until an editor turns it on for a callout. Whoever connects an old inbox must not write to years of people, a
machine must never get an answer, and what is said must not expose who gets it: nothing of the story is in it. Where
anything is in doubt, nothing is sent; the story is filed all the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from tipline.core import callouts, outgoing_mail, readers, vault
from tipline.core.arrival import Arrival, Automatic, MailHeaders, Source
from tipline.core.callouts import mail_claims
from tipline.core.outgoing_mail import (
    Letter,
    Sender,
    automatic_mail,
    mail_questions,
    question_words,
    templates,
    threads,
)
from tipline.core.outgoing_mail.templates import MailText
from tipline.core.spam import floods
from tipline.core.text import language
from tipline.db import is_sqlite, now
from tipline.errors import Refused
from tipline.models import (
    Account,
    ActorKind,
    AutoReplySent,
    Callout,
    CalloutText,
    Epoch,
    Ledger,
    Mailbox,
    MailKind,
    Outgoing,
    Tip,
)
from tipline.paths import CATALOGUES

STALE = timedelta(days=1)  # an answer after that is no acknowledgement any more
AHEAD = timedelta(hours=1)  # of a sender's clock
NOT_A_PERSON = re.compile(
    r"(?:no|do[-_.]?not|never)[-_.]?(?:reply|response|answer)|mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|bounces?|"
    r"double-bounce|notifications?|alerts?|news(?:letter)?|list(?:serv|master|proc)?|majordomo|owner-.+|.+-"
    r"(?:owner|request|bounces?|errors?|relay|return|noreply|no-reply)|root|daemon|nobody|abuse|auto(?:responder|reply)?",
)
TAGGED = re.compile(r"prvs=[0-9a-z]+=(.+)")  # bounce address tag validation: the address behind it


@dataclass(frozen=True, slots=True)
class AutoReplySettings:
    """How a newsroom answers at its mailbox: its name, and the addresses that are its own."""

    newsroom: str
    address: str  # where a callout has none of its own
    plus: frozenset[str] = frozenset()  # of mailboxes at which name+token@ arrives
    ours: frozenset[str] = frozenset()
    url: str = ""  # of the public pages; "" names none
    flood: int = 30  # mails of one address within an hour, before nothing automatic goes there

    def sender(self, callout: Callout) -> Sender:
        address = callout.mail_address or self.address
        plus = mail_claims.takes_plus(address, self.plus)
        return Sender(self.newsroom, address, plus, reporter_names=False)


@dataclass(frozen=True, slots=True)
class AutoReply:
    """A tip that was made just now, from the mail of a ledger row."""

    tip_id: int
    ledger_id: int
    arrival: Arrival


def answer(session: Session, made: Sequence[AutoReply], settings: AutoReplySettings) -> list[Outgoing]:
    """Queue acknowledgements of tips that were made just now, in the same transaction: of those whose callout wants
    them, and against which nothing speaks."""
    personal = [one for one in made if _is_personal(one.arrival)]
    wanting = session.scalars(select(Callout).where(col(Callout.acknowledge))).all() if personal else ()
    callouts = {callout.id: callout for callout in wanting}
    answered = (
        _answer(session, one, callouts[one.arrival.callout_id], settings)
        for one in personal
        if one.arrival.callout_id in callouts
    )
    return [out for out in answered if out is not None]


def _answer(session: Session, made: AutoReply, callout: Callout, settings: AutoReplySettings) -> Outgoing | None:
    head, sender = made.arrival.headers, settings.sender(callout)
    if head is None or head.sender is None or not sender.address:
        return None
    address = readers.normal_email(head.sender.address)
    if _is_ours(session, address, settings) or not _is_new(session, head, made.ledger_id):
        return None
    tip = session.get_one(Tip, made.tip_id)
    if floods.is_flood(session, tip.reader_id, settings.flood) or not _first_today(session, address):
        return None
    return _queue(session, tip, callout, made.arrival, head, sender, settings.url)


def _is_personal(arrival: Arrival) -> bool:
    """Whether one person wrote it by mail, whose address From, Reply-To and the return path agree on."""
    head = arrival.headers
    if head is None or head.sender is None or head.no_answer or arrival.source is not Source.MAIL:
        return False
    if arrival.automatic is not Automatic.NO or arrival.sender_confirmed is False:
        return False
    address = readers.normal_email(head.sender.address)
    local = address.rpartition("@")[0]
    if not outgoing_mail.ADDRESS.fullmatch(head.sender.address) or NOT_A_PERSON.fullmatch(local):
        return False
    named = [arrival.reader_email, *(one.address for one in head.reply_to), _untagged(head.return_path)]
    return all(readers.normal_email(one) == address for one in named if one)


def _untagged(return_path: str) -> str:
    match = TAGGED.fullmatch(return_path.casefold())
    return match[1] if match else return_path


def _is_ours(session: Session, address: str, settings: AutoReplySettings) -> bool:
    """An answer to ourselves would never end; colleagues need none."""
    bare = set(mail_claims.places(address))
    ours = {threads.bare(readers.normal_email(one)) for one in settings.ours}
    callouts = session.scalars(select(col(Callout.mail_address)).where(col(Callout.mail_address) != ""))
    ours |= {readers.normal_email(one) for one in callouts}
    colleagues = session.scalars(select(col(Account.email)))
    return not bare.isdisjoint(ours) or address in {readers.normal_email(one) for one in colleagues}


def _is_new(session: Session, head: MailHeaders, ledger_id: int) -> bool:
    """Whether it came after the mailbox was connected, a short while ago, and not into the Junk folder."""
    row = session.get_one(Ledger, ledger_id)
    connected = _connected_at(session, row)
    if connected is None or head.date is None or {"junk", "backlog"} & set(row.flags):
        return False
    times = [head.date, *([head.received] if head.received else [])]
    return all(max(connected, now() - STALE) <= at <= now() + AHEAD for at in times)


def _connected_at(session: Session, row: Ledger) -> datetime | None:
    from_mailbox = select(col(Mailbox.created_at)).join(Epoch, col(Epoch.mailbox_id) == col(Mailbox.id))
    return session.scalars(from_mailbox.where(col(Epoch.id) == row.epoch_id)).one_or_none()


def _first_today(session: Session, address: str) -> bool:
    """Take the one acknowledgement that an address may have on a day (UTC)."""
    insert = (sqlite if is_sqlite(session) else postgresql).insert(AutoReplySent)
    hashed = vault.master(session).lookup_hash("acknowledged", address)
    taken = session.execute(
        insert.values(address_hash=hashed, day=now().date()).on_conflict_do_nothing().returning(AutoReplySent.day)
    )
    return taken.first() is not None


def _queue(
    session: Session, tip: Tip, callout: Callout, arrival: Arrival, head: MailHeaders, sender: Sender, url: str
) -> Outgoing | None:
    assert tip.id is not None and head.sender is not None
    language = language_of(arrival.language, callout.languages)
    text = _text(session, callout, language, f"{url}/m/{threads.page_token(session, tip.id)}" if url else "")
    letter = Letter(
        sender=sender,
        author="",
        recipient=head.sender.address,
        subject=text.subject,
        text=text.body,
        message_id=threads.message_id(session, tip.id, sender.address),
        reply_to=threads.reply_address(session, tip.id, sender.address) if sender.plus else sender.address,
        date=now(),
        in_reply_to=head.message_id,
        references=head.references,
    )
    try:
        content = outgoing_mail.acknowledgement(letter)
    except Refused:  # an address that can't be written to: the story is filed, whatever the letter
        return None
    return automatic_mail.queue(
        session,
        tip,
        letter,
        content,
        MailKind.ACKNOWLEDGEMENT,
        ActorKind.SYSTEM,
        subject=text.subject,
        text=text.body,
        language=language.replace("_", "-"),
    )


def _text(session: Session, callout: Callout, language: str, link: str) -> MailText:
    """An editor's words or the usual ones; the questions, where they are asked; and the ways to form and page."""
    row, asks = session.get(CalloutText, (callout.id, language)), callout.ask_by_mail
    return templates.render(
        "acknowledgement",
        language,
        own_text=row.acknowledgement.strip() if row else "",
        questions=mail_questions.listed(session, callout, language) if asks else [],
        words=question_words.in_language(language),
        form_link=f"{link}?to=form" if link and asks and callouts.is_open(callout) else "",
        page_link=link,
    )


def language_of(written: str, offered: list[str]) -> str:
    """The language of the answer: Chinese to who writes Chinese, else the writer's where the callout has it, else the
    callout's first."""
    known = CATALOGUES if written.startswith("zh") else offered
    return language.nearest(written, [*known]) or offered[0]
