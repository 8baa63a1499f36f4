"""Mails as readers write them, for tests that need some rather than a certain one."""

from email.message import EmailMessage
from email.policy import SMTP


def mail(
    text: str = "We have been waiting at the border for nine days.",
    *,
    subject: str = "Stranded",
    sender: str = "Mei Lin <mei@reader.example>",
    to: str = "tips@meridian.example",
    message_id: str | None = None,
    padding: int = 0,
    **headers: str,
) -> bytes:
    """The bytes of a plain mail; `padding` more bytes of text, `headers` with _ for -."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Tue, 03 Aug 2021 09:15:00 +0800"
    if message_id is not None:
        message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text + "\n" + "\n".join("x" * 70 for _ in range(padding // 72)))
    return message.as_bytes()


def mails(count: int, start: int = 0) -> list[bytes]:
    """So many, each by another reader."""
    return [
        mail(
            f"Story number {number}: we wait at crossing {number % 7}.",
            subject=f"Story {number}",
            sender=f"Reader {number} <reader{number}@example.com>",
            message_id=f"<story-{number}@example.com>",
        )
        for number in range(start, start + count)
    ]
