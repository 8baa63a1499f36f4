"""Mail on its way to readers: `sending` is committed before connecting, what became of it right after."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlmodel import Session

from tipline.config import Settings
from tipline.core import replies
from tipline.core.replies import ReadyLetter
from tipline.db import Database
from tipline.errors import SendFailed, SendUnknown
from tipline.mail import outgoing

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

    def deliver(self) -> bool:
        for outgoing_id in list(self.outcomes):
            self._settle(outgoing_id)
        with self.database.reading() as session:
            due = replies.due(session, MAILS_AT_ONCE)
        for outgoing_id in due:
            if self.stopped():
                return True
            with self.database.writing() as session:
                letter = replies.mark_sending(session, outgoing_id)
                session.commit()
            if letter is not None:
                self._send(letter)
        return len(due) == MAILS_AT_ONCE

    def interrupted(self) -> None:
        """At the start: what a worker was sending when it died, nobody knows. A person decides."""
        with self.database.writing() as session:
            if count := replies.interrupted(session):
                log.warning("%d mails were being sent when the worker ended", count)
                session.commit()

    def _send(self, letter: ReadyLetter) -> None:
        try:
            outgoing.send(self.settings.smtp, letter.envelope_from, letter.recipient, letter.content)
        except SendFailed as error:
            reason, permanent, code = error.reason, error.permanent, error.code
            self.outcomes[letter.id] = lambda session: replies.mark_failed(
                session, letter.id, reason, permanent=permanent, code=code
            )
            self._settle(letter.id)
            if reason in ("connect", "tls", "login"):
                raise  # the server itself: the others wait, too
        except SendUnknown:
            self.outcomes[letter.id] = lambda session: replies.mark_unknown(session, letter.id)
            self._settle(letter.id)
        else:
            self.outcomes[letter.id] = lambda session: replies.mark_sent(session, letter.id)
            self._settle(letter.id)

    def _settle(self, outgoing_id: int) -> None:
        """Commit what became of a mail. Where that fails, it is kept and committed before the next mail leaves."""
        with self.database.writing() as session:
            self.outcomes[outgoing_id](session)
            session.commit()
        del self.outcomes[outgoing_id]
