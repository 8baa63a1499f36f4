"""The mails of a chaos run: stories, photos, answers to our replies, the same bytes twice, broken ones, hopeless ones.

Each story carries a mark, a word that stands in it alone, by which it is found again.
"""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from tests.mails import mail

PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF"
DEPTH = 40  # of multiparts in one another: more than tipline reads


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail, and what must become of it: `mark` in one message, in the tip `tip_id` where it answers us."""

    raw: bytes
    mark: str = ""  # "" for what can't be read
    tip_id: int = 0
    again: bool = False  # the very bytes of an earlier one


@dataclass(frozen=True, slots=True)
class Asked:
    """A reader whom we wrote to before it all began: their answer belongs to this tip."""

    tip_id: int
    address: str
    message_id: str


def mark(kind: str) -> str:
    """A word that nothing else holds."""
    return f"mark{kind}{secrets.token_hex(8)}"


def fill(count: int, asked: Sequence[Asked], choice: random.Random) -> list[Sent]:
    """So many mails, mixed; everyone who was asked answers once, where there are mails enough."""
    waiting, made = list(asked), list[Sent]()
    for number in range(count):
        kind = number % 10
        if kind == 3 and waiting:
            made.append(_answer(waiting.pop()))
        elif kind == 5:
            made.append(Sent(_too_deep()))
        elif kind == 7:
            earlier = choice.choice([one for one in made if not one.again])
            made.append(Sent(earlier.raw, earlier.mark, earlier.tip_id, again=True))
        else:
            made.append({1: _photo, 4: _cut, 8: _large}.get(kind, _plain)(number))
    return made


def _plain(number: int) -> Sent:
    word = mark("m")
    text = f"We wait at the crossing. 我们在口岸等了很多天。 {word}"
    return Sent(
        mail(text, sender=f"Reader {number} <r{number}@mail.example>", message_id=f"<{word}@mail.example>"), word
    )


def _large(number: int) -> Sent:
    """Its raw bytes lie in a file of their own."""
    word = mark("l")
    return Sent(mail(word, sender=f"r{number}@mail.example", padding=400_000), word)


def _photo(number: int) -> Sent:
    word, message = mark("p"), EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = f"r{number}@mail.example", "borders@meridian.example", "Photo"
    message.set_content(f"See the photo. {word}")
    message.add_attachment(PHOTO + secrets.token_bytes(90_000), maintype="image", subtype="jpeg", filename="p.jpg")
    return Sent(message.as_bytes(), word)


def _cut(number: int) -> Sent:
    """A multipart whose end is missing, in a charset that there is not."""
    word = mark("c")
    head = f"From: r{number}@mail.example\r\nSubject: =?x-unknown?B?!!!?=\r\nMIME-Version: 1.0\r\n"
    kind = 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=x-none\r\n\r\n'
    return Sent(f"{head}{kind}It was cut off. {word} ".encode() + b"\xff\xfe", word)


def _answer(asked: Asked) -> Sent:
    word = mark("a")
    ours, theirs = f"<{asked.message_id}>", f"<{word}@mail.example>"
    text = f"Yes, you may call. {word}"
    raw = mail(text, sender=asked.address, message_id=theirs, In_Reply_To=ours, References=ours)
    return Sent(raw, word, asked.tip_id)


def _too_deep() -> bytes:
    parts = "".join(f'--b{n}\r\nContent-Type: multipart/mixed; boundary="b{n + 1}"\r\n\r\n' for n in range(DEPTH))
    head = (
        f'From: deep@mail.example\r\nX-Number: {secrets.token_hex(8)}\r\nContent-Type: multipart/mixed; boundary="b0"'
    )
    return f"{head}\r\n\r\n{parts}--b{DEPTH}\r\n\r\nx\r\n".encode()
