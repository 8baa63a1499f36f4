"""The Sent folder of a mailbox: whether a mail lies there, and a copy of one put there. Nothing else is ever written
to a mail server, and nothing at all where the folder is missing."""

from collections.abc import Sequence
from datetime import datetime

from tipline.mail.bearer import Token
from tipline.mail.imap import COMMAND_SECONDS, SLOWEST, ImapMailbox
from tipline.mail_settings import MailboxSettings


class SentFolder(ImapMailbox):
    """`with SentFolder(settings) as sent:` connects and signs in. MailboxUnreachable where anything is in the way."""

    def __init__(self, settings: MailboxSettings, token: Token | None = None) -> None:
        super().__init__(settings, token)
        self._name = settings.sent_folder

    def folders(self) -> Sequence[str]:
        return [self._name]

    def holds(self, message_id: str) -> bool:
        """Whether a mail of this Message-ID (without brackets) lies there."""
        self.enter(self._name)  # anew each time, so that what came meanwhile is seen
        with self._command():
            return bool(self._client.search(["HEADER", "MESSAGE-ID", message_id]))

    def keep(self, content: bytes, at: datetime) -> None:
        """Put a copy there, read, and dated as it was sent (RFC 3501, 6.3.11)."""
        with self._command(COMMAND_SECONDS + len(content) / SLOWEST):
            self._client.append(self._name, content, flags=[rb"\Seen"], msg_time=at)
