"""Builds the mails of these tests: raw bytes as a named mail program sends them, written for the test."""

import base64
from email.message import EmailMessage


def mail(
    body: str = "Hello",
    *,
    charset: str = "utf-8",
    label: str = "",
    subject: str | bytes = "A story",
    sender: str | bytes = "Mei Lin <mei@example.org>",
    content_type: str = "text/plain",
    transfer: str = "base64",
    extra: bytes = b"",
) -> bytes:
    """A one-part mail whose body is in `charset` but says `label`; header values given as bytes go in untouched."""
    data = body.encode(charset)
    if transfer == "base64":
        data = base64.encodebytes(data)
    return b"".join(
        (
            b"From: " + _raw(sender) + b"\n",
            b"To: tips@newsroom.example\n",
            b"Subject: " + _raw(subject) + b"\n",
            b"Date: Tue, 5 May 2020 10:00:00 +0800\n",
            b"Message-ID: <story-1@example.org>\n",
            b"MIME-Version: 1.0\n",
            extra,
            f"Content-Type: {content_type}; charset={label or charset}\n".encode(),
            f"Content-Transfer-Encoding: {transfer}\n\n".encode(),
            data,
        )
    )


def word(text: str, charset: str, label: str = "") -> bytes:
    """`text` as one encoded word (RFC 2047)."""
    return f"=?{label or charset}?B?{base64.b64encode(text.encode(charset)).decode()}?=".encode()


def with_files(*files: tuple[str, str, bytes], text: str = "See the file.") -> bytes:
    """A mail with attachments as (name, type, content)."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "mei@example.org", "tips@newsroom.example", "A photo"
    message["Message-ID"] = "<story-2@example.org>"
    message.set_content(text)
    for name, content_type, content in files:
        main, _, sub = content_type.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name or None)
    return message.as_bytes()


def _raw(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
