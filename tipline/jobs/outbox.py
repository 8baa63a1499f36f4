"""Mail on its way to readers, and copies of it in the Sent folder."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from sqlmodel import Session

from tipline.config import Settings
from tipline.core.outbox import sending, sent_copies
from tipline.core.outbox.sending import Pace, ReadyLetter
from tipline.core.outbox.sent_copies import Copy
from tipline.db import Database
from tipline.errors import MailboxUnreachable, SealBroken, SendFailed, SendUnknown
from tipline.jobs import tokens
from tipline.mail import outgoing
from tipline.mail.bearer import Token
from tipline.mail.sent import SentFolder

log = logging.getLogger("tipline.outbox")

MAILS_AT_ONCE = 20

Outcome = Callable[[Session], None]


@dataclass
class Outbox:
    """Replies on their way: `sending` is committed before connecting, what became of it right after."""

    database: Database
    settings: Settings
    stopped: Callable[[], bool]
    outcomes: dict[int, Outcome] = field(default_factory=dict)  # known, but not committed yet
    token: Token | None = field(init=False)  # to sign in with, where a mailbox's grant does so
    pace: Pace = field(init=False)
    copies: dict[str, str] = field(init=False)
    check: Callable[[Session], None] = lambda session: None  # LostLease where another worker sends by now

    def __post_init__(self) -> None:
        self.token = tokens.of_smtp(self.database, self.settings)
        limits = self.settings.limits
        self.pace = Pace(limits.mails_to_one_per_hour, limits.mails_per_hour)
        self.copies = copies_of(self.settings)

    def deliver(self) -> bool:
        for outgoing_id in list(self.outcomes):
            self._settle(outgoing_id)
        with self.database.reading() as session:
            due = sending.due(session, MAILS_AT_ONCE)
        for outgoing_id in due:
            if self.stopped():
                return True
            letter = self._take(outgoing_id)
            if letter is not None:
                self._send(letter)
        return len(due) == MAILS_AT_ONCE

    def _take(self, outgoing_id: int) -> ReadyLetter | None:
        """Mark a mail as being sent. One that does not open has failed: else it would be the first of each turn, and
        the last."""
        try:
            with self.database.writing() as session:
                self.check(session)
                letter = sending.mark_sending(session, outgoing_id, self.pace, self.copies)
                session.commit()
        except SealBroken:
            log.error("mail %d: what is sealed of it does not open", outgoing_id)
            with self.database.writing() as session:
                self.check(session)
                sending.damaged(session, outgoing_id)
                session.commit()
            return None
        return letter

    def interrupted(self) -> None:
        """What a worker was sending when it died, nobody knows: a person decides. Only while nobody else sends."""
        with self.database.writing() as session:
            self.check(session)
            if count := sending.interrupted(session, set(self.outcomes)):
                log.warning("%d mails were being sent when the worker ended", count)
                session.commit()

    def _send(self, letter: ReadyLetter) -> None:
        try:
            outgoing.send(
                self.settings.smtp,
                letter.envelope_from or None,
                letter.recipient,
                letter.content,
                self.token,
                hello=letter.domain,
            )
        except SendFailed as error:
            reason, permanent, code = error.reason, error.permanent, error.code
            self.outcomes[letter.id] = lambda session: sending.mark_failed(
                session, letter.id, reason, permanent=permanent, code=code
            )
            self._settle(letter.id)
            if reason in SendFailed.SERVER:
                raise  # the server itself: the others wait, too
        except SendUnknown:
            self.outcomes[letter.id] = lambda session: sending.mark_unknown(session, letter.id)
            self._settle(letter.id)
        else:
            self.outcomes[letter.id] = lambda session: sending.mark_sent(session, letter.id)
            self._settle(letter.id)

    def _settle(self, outgoing_id: int) -> None:
        """Commit what became of a mail. Where that fails, it is kept and committed before the next mail leaves."""
        with self.database.writing() as session:
            self.outcomes[outgoing_id](session)
            session.commit()
        del self.outcomes[outgoing_id]


def copies_of(settings: Settings) -> dict[str, str]:
    """Which mailbox's Sent folder takes a copy of a reply: by its own name, and by the address that it comes from."""
    found = {}
    for name, box in settings.mailbox.items():
        if box.kind == "imap" and box.sent_folder:
            found[name] = name
            if box.address:
                found[box.address.casefold()] = name
    return found


@dataclass
class SentCopies:
    """The Sent folders: a copy of each reply that left, where one is wanted, and once only."""

    database: Database
    settings: Settings

    def waiting(self) -> list[Copy]:
        with self.database.reading() as session:
            return sent_copies.due(session, set(copies_of(self.settings).values()))

    def keep(self) -> bool:
        """Do what waits. MailboxUnreachable where a mailbox was not there; the others had their turn."""
        failed: MailboxUnreachable | None = None
        for name, group in groupby(sorted(self.waiting(), key=attrgetter("mailbox")), attrgetter("mailbox")):
            box = self.settings.mailbox[name]
            try:
                with SentFolder(box, tokens.of_mailbox(self.database, name, box)) as sent:
                    for copy in group:
                        self._keep(sent, copy)
            except MailboxUnreachable as error:
                failed = error
        if failed is not None:
            raise failed
        return False

    def _keep(self, sent: SentFolder, copy: Copy) -> None:
        try:
            if sent.holds(copy.message_id):
                step = sent_copies.found
            elif copy.only_look:
                step = sent_copies.not_found
            elif not copy.content:
                step = sent_copies.refused
            else:
                sent.keep(copy.content, copy.sent_at)
                step = sent_copies.kept
        except MailboxUnreachable as error:
            if error.reason in ("folder", "protocol"):
                self._commit(sent_copies.refused, copy.id)
            raise
        self._commit(step, copy.id)

    def _commit(self, step: Callable[[Session, int], None], outgoing_id: int) -> None:
        with self.database.writing() as session:
            step(session, outgoing_id)
            session.commit()
