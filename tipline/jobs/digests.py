"""Mails to reporters that something happened to their tips: how much and where to look, never what or of whom."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime

from tipline.config import Settings
from tipline.core import outgoing_mail
from tipline.core.desk import digest
from tipline.core.desk.activity import MAX_COUNTED
from tipline.core.desk.digest import News
from tipline.core.outgoing_mail import Letter, Sender, templates
from tipline.db import Database, now
from tipline.errors import Refused, SendFailed, SendUnknown
from tipline.jobs import tokens
from tipline.mail import outgoing

log = logging.getLogger("tipline.digests")


@dataclass(frozen=True, slots=True)
class Digests:
    """Everybody's digest, as the clock sees it."""

    database: Database
    settings: Settings

    def run(self) -> bool:
        with self.database.reading() as session:
            accounts = digest.due(session, now())
        failed: SendFailed | None = None
        for account_id in accounts:
            with self.database.writing() as session:
                news = digest.take(session, account_id, now())
                session.commit()
            try:
                if news is not None:
                    self._send(news)
            except SendFailed as error:
                if error.reason in SendFailed.SERVER:
                    raise  # the others wait, too
                failed = error  # one mailbox that is full: the others have their turn
        if failed is not None:
            raise failed
        return False

    def _send(self, news: News) -> None:
        try:
            content = outgoing_mail.digest(written(news, self.settings, now()))
            token = tokens.of_smtp(self.database, self.settings)
            domain = self.settings.sending_address.rpartition("@")[2]
            outgoing.send(self.settings.smtp, None, news.email, content, token, hello=domain)
        except (Refused, SendUnknown) as error:
            log.warning("digest of account %d: %s", news.account_id, type(error).__name__)
        except SendFailed as error:
            log.warning("digest of account %d: %s", news.account_id, error.reason)
            if error.permanent:
                return  # the next one is tried in a period, not in a minute
            with self.database.writing() as session:
                digest.give_back(session, news)
                session.commit()
            raise


def written(news: News, settings: Settings, at: datetime) -> Letter:
    """The mail in the person's language. Null return path and Auto-Submitted: nothing answers it (RFC 3834)."""
    url = settings.newsroom.url.rstrip("/")
    text = templates.render("digest", news.locale, news=news, counted=_counted, url=url)
    sender = Sender(settings.newsroom.name, settings.sending_address)
    domain = sender.address.rpartition("@")[2]
    return Letter(
        sender=sender,
        author="",
        recipient=news.email,
        subject=text.subject,
        text=text.body,
        message_id=f"digest.{secrets.token_hex(12)}@{domain}",
        reply_to=sender.address,
        date=at,
    )


def _counted(n: int) -> str:
    return f"{MAX_COUNTED - 1}+" if n >= MAX_COUNTED else str(n)
