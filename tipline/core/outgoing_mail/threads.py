"""Which tip a mail belongs to: our signed token proves the tip, a known address proves the reader; both are needed.

The token stands in the reply address (`china+TOKEN@…`) and in our Message-IDs (`<TOKEN.random@…>`), so it comes back in
To, In-Reply-To or References. It is `tip id in base 36 - 128-bit code in base 32`, lower case, since mail programs
change the case of addresses. The return path of a reply carries one of its own kind, over the reply's id: it proves
which reply a delivery report gives back, and opens no tip.
"""

import base64
import binascii
import re
import secrets
from dataclasses import dataclass

from sqlmodel import Session

from tipline.core import readers, vault
from tipline.core.arrival import Arrival
from tipline.core.tips import merged
from tipline.models import Tip

TOKEN = re.compile(r"([0-9a-z]{1,13})-([a-z2-7]{26})")
MAX_LOCAL = 64  # characters before the @
MAX_IDS = 60  # References may be endless; ours is near either end
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Match:
    """`tip` where the mail proved to belong to it; else, maybe, the tip that a person should compare it with."""

    tip: Tip | None = None
    may_belong_to: int | None = None


def token(session: Session, tip_id: int) -> str:
    """The signed token of a tip, at most 40 characters."""
    return _signed(session, "thread", tip_id)


def page_token(session: Session, tip_id: int) -> str:
    """The token of the link to a tip's page that mail carries: it opens nothing without a code sent to the reader."""
    return _signed(session, "page", tip_id)


def tip_of_page(session: Session, token: str) -> int | None:
    """The tip of a genuine `page_token`; None where it is none of ours."""
    return next(iter(_proven(session, "page", token)), None) if TOKEN.fullmatch(token) else None


def _signed(session: Session, purpose: str, number: int) -> str:
    code = vault.master(session).mac(purpose, str(number), size=16)
    return f"{_base36(number)}-{base64.b32encode(code).decode().rstrip('=').lower()}"


def reply_address(session: Session, tip_id: int, address: str) -> str:
    """An address whose replies carry the token (RFC 5233 subaddress)."""
    return _subaddress(address, token(session, tip_id))


def return_path(session: Session, outgoing_id: int, address: str) -> str:
    """Where delivery reports of one mail go: each mail has its own, so that a report proves what it is about."""
    return _subaddress(address, _signed(session, "return", outgoing_id))


def _subaddress(address: str, tag: str) -> str:
    """The plain address where both together are longer than a local part may be (RFC 5321, 4.5.3.1.1)."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{tag}@{domain}" if len(local) + len(tag) < MAX_LOCAL else address


def bare(address: str) -> str:
    """An address without the token that `reply_address` or `return_path` put in."""
    local, _, domain = address.rpartition("@")
    before, _, tag = local.rpartition("+")
    return f"{before}@{domain}" if before and TOKEN.fullmatch(tag) else address


def message_id(session: Session, tip_id: int, address: str) -> str:
    """A fresh Message-ID, without brackets, that carries the token (RFC 5322, 3.6.4)."""
    domain = address.rpartition("@")[2] or "tipline.invalid"
    return f"{token(session, tip_id)}.{secrets.token_hex(6)}@{domain}"


def match(session: Session, arrival: Arrival) -> Match:
    """Find an incoming mail's tip. A stranger with a token gets a tip of their own, which says where it may belong."""
    headers = arrival.headers
    if headers is None:
        return Match()
    addresses = [a.address.partition("@")[0].rpartition("+")[2] for a in headers.places[:MAX_IDS]]
    ids = [*headers.in_reply_to[:MAX_IDS], *headers.references[:MAX_IDS], *headers.references[-MAX_IDS:]]
    found = None
    for place in (*addresses, *ids):
        for tip_id in tip_ids(session, place):
            tip = merged.standing(session, tip_id, lock=True)
            if tip is None:
                continue
            if _proves(session, tip, arrival):
                return Match(tip=tip)
            found = found or tip.id
    return Match(may_belong_to=found)


def _proves(session: Session, tip: Tip, arrival: Arrival) -> bool:
    """Whether a mail with a tip's token comes from an address that the tip knows. A token leaks with a mail that is
    passed on, and a From is easily made up: where our own server says so, the address proves nothing."""
    sender = arrival.headers.sender if arrival.headers else None
    if sender is None or arrival.sender_confirmed is False:
        return False
    return readers.knows(session, tip.reader_id, sender.address)


def tip_ids(session: Session, place: str) -> list[int]:
    """The tips whose genuine tokens stand in a piece of a header."""
    return _proven(session, "thread", place)


def outgoing_ids(session: Session, place: str) -> list[int]:
    """The mails of ours whose genuine return-path tokens stand in an address."""
    return _proven(session, "return", place)


def _proven(session: Session, purpose: str, place: str) -> list[int]:
    master, found = vault.master(session), []
    for number, code in TOKEN.findall(place.casefold()):
        try:
            given = base64.b32decode(code.upper() + "=" * 6)
        except binascii.Error:
            continue
        proven = int(number, 36)
        if len(given) == 16 and master.mac_is(purpose, str(proven), given):
            found.append(proven)
    return found


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
        if not number:
            return digits
