"""Finds in a text what gives its reader away: names, addresses, phone numbers and the signature of their mails.

Publishing asks it before words leave the newsroom; pages of people without the right to identities are masked with it.
The caller has asked `core.access`. What is found are places in the text, never the sealed values themselves.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col

from tipline.core import readers, vault
from tipline.core.access import Actor
from tipline.core.readers.short_names import OF_ONE_SIGN
from tipline.models import ContactKind, Direction, IdentityAnswer, Message, Reader, ReaderContact, Tip

MASK = "█"  # one for each character: places of highlights stay where they are
LONGEST_ANSWER = 60  # characters; a longer identity answer is prose, and is looked for as a whole only
FEWEST_DIGITS = 7  # of a phone number; shorter ones are years and amounts
SAME_DIGITS = 8  # the end of a number that two ways of writing it share, with its country's code or without
PHONE = re.compile(r"\+?\(?\d(?:[ \t().\-/\u2010-\u2015]*\d){6,17}")
OBFUSCATED = r"(?:\s*[\[({]?\s*(?:@|\bat\b)\s*[\])}]?\s*)"


class Kind(StrEnum):
    NAME = "name"
    PART = "part"  # one word of a name, which may be an everyday word or somebody else's name
    ADDRESS = "address"
    PHONE = "phone"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Trace:
    """A place in a text that gives its reader away."""

    begin: int
    end: int
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one reader, as it is looked for."""

    names: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)  # digits
    signature: set[str] = field(default_factory=set)  # lines

    def find(self, text: str) -> list[Trace]:
        """Places that give the reader away, in order, none inside another."""
        folded, places = _folded(text)
        found = [(place, kind) for pattern, kind in self._patterns() for place in _spans(pattern, folded)]
        found += [(hit.span(), Kind.PHONE) for hit in PHONE.finditer(folded) if self._is_phone(hit[0])]
        traces, end = [], 0
        for (begin, stop), kind in sorted(found, key=lambda one: (one[0][0], -one[0][1])):
            first, last = places[begin], places[stop - 1] + 1
            if last > end:
                first, end = max(first, end), last
                traces.append(Trace(first, last, kind, text[first:last]))
        return traces

    def masked(self, text: str) -> str:
        """The text with these places blacked out; as long as before."""
        for one in self.find(text):
            text = text[: one.begin] + MASK * (one.end - one.begin) + text[one.end :]
        return text

    def removed(self, text: str) -> str:
        """The text without these places, and without the sign-off at its end."""
        text = self.unsigned(text)
        for one in reversed(self.find(text)):
            text = text[: one.begin] + "…" + text[one.end :]
        return text.strip()

    def unsigned(self, text: str) -> str:
        """The text without its last lines, where they hold nothing but the reader's name or signature."""
        lines = text.rstrip().split("\n")
        while len(lines) > 1 and (not lines[-1].strip() or self._is_only_traces(lines[-1])):
            lines.pop()
        cut = len(lines) < len(text.rstrip().split("\n"))
        if cut and len(lines) > 1 and len(lines[-1].strip()) <= 30 and lines[-1].rstrip().endswith((",", "，")):
            lines.pop()  # "Best wishes,"
        return "\n".join(lines).rstrip()

    def _is_only_traces(self, line: str) -> bool:
        return MASK in (left := self.masked(line)) and not any(letter.isalnum() for letter in left)

    def _is_phone(self, written: str) -> bool:
        digits = re.sub(r"\D", "", written)
        return any(digits[-SAME_DIGITS:] == phone[-SAME_DIGITS:] for phone in self.phones)

    def _patterns(self) -> list[tuple[str, Kind]]:
        found = [(_address(address), Kind.ADDRESS) for address in self.addresses]
        found += [(rf"(?m)^[^\S\n]*{re.escape(line)}[^\S\n]*$", Kind.SIGNATURE) for line in self.signature]
        for name in self.names:
            found += _of_name(name)
        return found


def of(session: Session, reader_ids: Collection[int]) -> dict[int, Known]:
    """What is known of these readers, by a fixed number of queries."""
    found = {reader_id: Known() for reader_id in reader_ids}
    rows = session.scalars(select(Reader).where(col(Reader.id).in_(found))).all()
    vault.warm(session, {reader.key_id for reader in rows})
    for reader in rows:
        _learn_name(found[reader.id or 0], readers.unsealed(session, reader)[0])
    for contact in session.scalars(select(ReaderContact).where(col(ReaderContact.reader_id).in_(found))):
        value = vault.open_text(session, contact.value, f"reader_contact:{contact.id}:value")
        _learn_contact(found[contact.reader_id], contact.kind, value)
    for answer in session.scalars(select(IdentityAnswer).where(col(IdentityAnswer.reader_id).in_(found))):
        _learn_answer(
            found[answer.reader_id], vault.open_text(session, answer.value, f"identity_answer:{answer.id}:value")
        )
    _learn_mails(session, found)
    return found


def of_tip(session: Session, tip: Tip) -> Known:
    """What is known of a tip's reader."""
    return of(session, [tip.reader_id])[tip.reader_id]


def of_tips(session: Session, tips: Iterable[Tip]) -> dict[int, Known]:
    """What is known of the readers of these tips, by the tip's id."""
    tips = list(tips)
    known = of(session, {tip.reader_id for tip in tips})
    return {tip.id: known[tip.reader_id] for tip in tips if tip.id is not None}


def for_viewer(session: Session, tip: Tip, by: Actor) -> Known:
    """What is hidden from this person in everything written about a tip: nothing from those who open identities."""
    return Known() if by.works_tips else of_tip(session, tip)


def hide_titles(session: Session, tips: Iterable[Tip], by: Actor) -> None:
    """Mask the titles of tips that are shown to somebody who opens no identities. The rows stay as they are."""
    if by.works_tips:
        return
    tips = list(tips)
    known = of_tips(session, tips)
    for tip in tips:
        set_committed_value(tip, "title", known[tip.id or 0].masked(tip.title))


def hide(known: Known, row: object, columns: Sequence[str]) -> None:
    """Mask texts of a row that is shown. What is stored stays as it is: the change is never flushed."""
    for column in columns:
        if text := getattr(row, column):
            set_committed_value(row, column, known.masked(text))


def _learn_name(known: Known, name: str) -> None:
    if "@" not in name and any(map(str.isalpha, name)):
        known.names.add(_fold(" ".join(name.split())))


def _learn_contact(known: Known, kind: ContactKind, value: str) -> None:
    if kind is ContactKind.EMAIL:
        known.addresses.add(_fold(value.strip()))
    elif len(digits := readers.normal_phone(value).strip("+")) >= FEWEST_DIGITS:
        known.phones.add(digits)


def _learn_answer(known: Known, value: str) -> None:
    value = _fold(value.strip())
    if 3 < len(value) <= LONGEST_ANSWER:
        known.signature.add(value)
    if hit := PHONE.search(value):
        known.phones.add(re.sub(r"\D", "", hit[0]))


def _learn_mails(session: Session, found: dict[int, Known]) -> None:
    sealed = col(Message.headers).is_not(None), col(Message.direction) == Direction.IN
    query = select(Message, Tip).join(Tip, col(Tip.id) == col(Message.tip_id))
    for message, tip in session.execute(query.where(col(Tip.reader_id).in_(found), *sealed)).all():
        known = found[tip.reader_id]
        for name, address in readers.open_headers(session, message).get("from", []):
            _learn_name(known, name or "")
            if "@" in (address or ""):
                known.addresses.add(_fold(address))
        signature = vault.open_text(session, message.signature, f"message:{message.id}:signature")
        known.signature.update(_fold(line) for line in map(str.strip, signature.splitlines()) if _says_something(line))
        for hit in PHONE.finditer(_fold(signature)):
            known.phones.add(re.sub(r"\D", "", hit[0]))


def _says_something(line: str) -> bool:
    return sum(letter.isalnum() for letter in line) > 1


def _of_name(name: str) -> list[tuple[str, Kind]]:
    """The whole name in either order, and its parts. Of a name in Han or Hangul also the given name."""
    if OF_ONE_SIGN.match(name):
        bare = re.sub(r"[\s·]", "", name)
        given = [bare[at:] for at in (1, 2) if len(bare) - at > 1]
        spaced = r"\s*".join(map(re.escape, bare))
        return [(spaced, Kind.NAME), *((re.escape(one), Kind.PART) for one in given)] if len(bare) > 1 else []
    parts = [part for part in re.split(r"[\s,]+", name) if any(map(str.isalpha, part))]
    orders = {tuple(parts), tuple(parts[::-1]), (parts[0], parts[-1]), (parts[-1], parts[0])} if parts[1:] else set()
    found = [(_words(r"[\s,.]+".join(map(re.escape, order))), Kind.NAME) for order in sorted(orders)]
    if parts[1:]:
        first, last = re.escape(parts[0]), re.escape(parts[-1][:1])
        found.append((_words(rf"{first}\s+{last}\b\.?"), Kind.NAME))  # "Mateus C."
    return [*found, *((_words(re.escape(part)), Kind.PART) for part in parts if len(part.strip(".")) > 1)]


def _words(pattern: str) -> str:
    return rf"(?<![^\W_]){pattern}(?![^\W_])"


def _address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    dots = re.escape(domain).replace(r"\.", r"(?:\.|\s*[\[(]?\s*dot\s*[\])]?\s*)")
    return re.escape(local) + OBFUSCATED + dots


def _spans(pattern: str, folded: str) -> list[tuple[int, int]]:
    return [hit.span() for hit in re.finditer(pattern, folded) if hit.end() > hit.start()]


def _fold(text: str) -> str:
    return _folded(text)[0]


def _folded(text: str) -> tuple[str, list[int]]:
    """A text without case, width, marks on letters and characters of no width, and where each of its letters was."""
    letters: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(text):
        for part in unicodedata.normalize("NFKD", letter).casefold():
            if unicodedata.category(part) not in ("Mn", "Cf"):
                letters.append(part)
                places.append(at)
    return "".join(letters), places
