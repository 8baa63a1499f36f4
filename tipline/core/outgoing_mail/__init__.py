"""What an outgoing mail says, and its bytes. One function a mail; nothing here opens a socket.

A letter goes to one person, holds nothing of notes or of what the reader wrote, and is parsed again before it is let
out: what a mail program will read is what we meant (RFC 5322, RFC 2047).
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.charset import BASE64, QP, Charset
from email.encoders import encode_base64
from email.header import Header, decode_header, make_header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import collapse_rfc2231_value, format_datetime, formataddr, getaddresses, parseaddr
from urllib.parse import quote

from tipline.errors import Refused
from tipline.vocabularies import N_

BAD_ADDRESS = N_("This address can't be written to. Correct it, or answer on the reader's page.")
NOT_SAME = N_("This reply could not be written as a mail. Remove unusual characters and try again.")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# One mailbox and nothing that a mail program or smtplib would take for two: a local part of RFC 5322's atoms and dots.
# Dots may stand side by side or at its ends, as Japanese carriers have given them out; quoted local parts are refused.
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
MESSAGE_ID = re.compile(r"[!-;=?-~]{1,250}")  # a stranger wrote it: no brackets, spaces or anything unprintable
MAX_REFERENCES = 20
MAX_FILE_NAME_LENGTH = 600  # characters of a file's name as it is written in a header, whose lines end at 998


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a letter comes from: the newsroom's name and address, and whether name+token@ arrives there."""

    newsroom: str
    address: str
    plus: bool = False
    reporter_names: bool = True


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that goes with a letter (RFC 2183). `name` is a mere name, never a path."""

    name: str
    type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, before it is bytes. Ids are without brackets."""

    sender: Sender
    author: str  # the reporter's name; "" where the newsroom itself writes
    recipient: str
    subject: str
    text: str
    message_id: str
    reply_to: str
    date: datetime
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    files: tuple[Enclosed, ...] = ()


def reply(letter: Letter) -> bytes:
    """The bytes of a reporter's reply, CRLF line ends. Refused where the address is none that can be written to."""
    return _bytes(letter, {})


def acknowledgement(letter: Letter) -> bytes:
    """The bytes of an automatic "we have it" (RFC 3834): other programs are told not to answer it."""
    return _bytes(letter, {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"})


def page_code(letter: Letter) -> bytes:
    """The bytes of a code for the reader's page, which they asked for (RFC 3834): nobody's program answers it."""
    return _bytes(letter, {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"})


def digest(letter: Letter) -> bytes:
    """The bytes of a mail to one of our own that something happened (RFC 3834): nobody's program answers it."""
    return _bytes(letter, {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"})


def _bytes(letter: Letter, marks: dict[str, str]) -> bytes:
    if not ADDRESS.fullmatch(letter.recipient) or not ADDRESS.fullmatch(letter.reply_to):
        raise Refused(BAD_ADDRESS)
    subject = CONTROL.sub(" ", letter.subject).strip()
    body = signed(letter.text, letter.sender)
    mail: Message = MIMEMultipart("mixed") if letter.files else MIMENonMultipart("text", "plain")
    mail["From"] = formataddr((called(letter.sender, letter.author), letter.sender.address))
    mail["To"] = letter.recipient
    if letter.reply_to != letter.sender.address:
        mail["Reply-To"] = letter.reply_to
    mail["Subject"] = Header(
        subject, "us-ascii" if subject.isascii() and "=?" not in subject else "utf-8", header_name="Subject"
    ).encode()
    mail["Date"] = format_datetime(letter.date)
    mail["Message-ID"] = f"<{letter.message_id}>"
    if MESSAGE_ID.fullmatch(letter.in_reply_to):
        mail["In-Reply-To"] = f"<{letter.in_reply_to}>"
        chain = [*letter.references[-MAX_REFERENCES:], letter.in_reply_to]
        mail["References"] = "\n ".join(dict.fromkeys(f"<{one}>" for one in chain if MESSAGE_ID.fullmatch(one)))
    for mark, value in marks.items():
        mail[mark] = value
    _fill(mail, body, letter.files)
    content = mail.as_bytes(policy=compat32.clone(linesep="\r\n"))
    _read_back(letter, subject, body, content)
    return content


def _fill(mail: Message, body: str, files: tuple[Enclosed, ...]) -> None:
    """The text, and behind it the files, if there are any."""
    text = MIMENonMultipart("text", "plain") if files else mail
    charset = Charset("utf-8")
    charset.body_encoding = QP if sum(char.isascii() for char in body) * 2 > len(body) else BASE64
    text.set_payload(body, charset)
    if not files:
        return
    del text["MIME-Version"]
    mail.attach(text)
    for file in files:
        kind, _, sub = file.type.partition("/")
        if kind in ("message", "multipart") or not sub:  # these may not be written in base64 (RFC 2046, 5.2.1)
            kind, sub = "application", "octet-stream"
        part = MIMENonMultipart(kind, sub)
        del part["MIME-Version"]
        name = _file_name(file)
        part.add_header("Content-Disposition", "attachment", filename=name if name.isascii() else ("utf-8", "", name))
        part.set_payload(file.content)
        encode_base64(part)
        mail.attach(part)


def _file_name(file: Enclosed) -> str:
    """The name as it stands in a header: without what no name has, and its beginning cut where it is endless."""
    name = CONTROL.sub("", file.name).replace('"', "_").replace("\\", "_").strip() or "file"
    while len(quote(name)) > MAX_FILE_NAME_LENGTH:
        name = name[1:]
    return name


def called(sender: Sender, author: str) -> str:
    """What a mail program shows as the name of who wrote."""
    named = author and sender.reporter_names
    return CONTROL.sub(" ", f"{author}, {sender.newsroom}" if named else sender.newsroom).strip()


def signed(text: str, sender: Sender) -> str:
    """A text as it stands in a mail: the newsroom's name is under it."""
    lines = "\n".join(text.strip().splitlines())
    return f"{lines}\n\n-- \n{CONTROL.sub(' ', sender.newsroom)}\n"


def _read_back(letter: Letter, subject: str, body: str, content: bytes) -> None:
    """Refuse what a mail program would read otherwise: another recipient, subject or text, or a header too many."""
    mail = message_from_bytes(content)
    first, *others = (part for part in mail.walk() if not part.is_multipart())
    payload = first.get_payload(decode=True)
    text = payload.decode("utf-8").replace("\r\n", "\n") if isinstance(payload, bytes) else ""
    same = (
        [address for _, address in getaddresses(mail.get_all("To", []))] == [letter.recipient]
        and not mail.get_all("Cc")
        and not mail.get_all("Bcc")
        and parseaddr(mail["From"])[1] == letter.sender.address
        and str(make_header(decode_header(mail["Subject"]))).split() == subject.split()
        and mail["Message-ID"] == f"<{letter.message_id}>"
        and text == body
        and [_as_read(part) for part in others] == [(_file_name(file), file.content) for file in letter.files]
    )
    if not same:
        raise Refused(NOT_SAME)


def _as_read(part: Message) -> tuple[str, object]:
    name = part.get_param("filename", "", "content-disposition")
    return collapse_rfc2231_value(name), part.get_payload(decode=True)
