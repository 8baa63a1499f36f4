"""Delivery reports as mail servers write them, about a mail of ours."""

OURS = "1-abcdefghijklmnopqrstuvwxyz.0123456789ab@meridian.example"


def report(
    action: str,
    status: str,
    *,
    message_id: str = OURS,
    to: str = "tips@meridian.example",
    recipient: str = "mei@reader.example",
    sender: str = "Mail Delivery System <MAILER-DAEMON@mx.reader.example>",
    enclosed: str = "message/rfc822",
    more: bytes = b"",
    number: int = 0,
) -> bytes:
    """As Postfix writes them (RFC 3464); `more`: fields of one more recipient."""
    said = (
        f"This is the mail system at host mx.reader.example.\r\n\r\nI'm sorry to have to inform you that your message "
        f"could not be delivered.\r\n\r\n<{recipient}>: host mx.reader.example said: 550 {status} <{recipient}>: "
        f"Recipient address rejected: User unknown\r\n"
    )
    fields = f"Reporting-MTA: dns; mx.reader.example\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\n"
    fields += f"Action: {action}\r\nStatus: {status}\r\n"
    ours = f"From: tips@meridian.example\r\nTo: {recipient}\r\nSubject: Re: Stranded\r\nMessage-ID: <{message_id}>\r\n"
    head = (
        f"Return-Path: <>\r\nFrom: {sender}\r\nTo: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <report-{number}@mx.reader.example>\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\r\n\r\n'
    )
    parts = [
        f"Content-Type: text/plain; charset=us-ascii\r\n\r\n{said}".encode(),
        f"Content-Type: message/delivery-status\r\n\r\n{fields}".encode() + more,
        f"Content-Type: {enclosed}\r\n\r\n{ours}\r\nThank you. May we call you?\r\n".encode(),
    ]
    return head.encode() + b"".join(b"--=_b\r\n" + part + b"\r\n" for part in parts) + b"--=_b--\r\n"


def plain(quote: str = "", *, message_id: str = OURS, to: str = "tips@meridian.example") -> bytes:
    """As Exim writes them: plain text with the returned mail below."""
    returned = (
        "Return-path: <tips@meridian.example>",
        f"Message-ID: <{message_id}>",
        "Subject: Re: Stranded",
        "",
        "Thank you. May we call you?",
    )
    below = "\r\n".join(quote + line for line in returned)
    return (
        "From: Mail Delivery System <Mailer-Daemon@mx.provider.example>\r\n"
        f"To: {to}\r\nSubject: Mail delivery failed: returning message to sender\r\n"
        "Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <plain@mx.provider.example>\r\n"
        "X-Failed-Recipients: mei@reader.example\r\nAuto-Submitted: auto-replied\r\n\r\n"
        "This message was created automatically by mail delivery software.\r\n\r\n"
        "A message that you sent could not be delivered. This is a permanent error. "
        "The following address failed:\r\n\r\n"
        "  mei@reader.example\r\n    550 5.1.1 User unknown\r\n\r\n"
        f"------ This is a copy of the message, including all the headers. ------\r\n\r\n{below}\r\n"
    ).encode()
