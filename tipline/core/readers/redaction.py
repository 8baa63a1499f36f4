"""Finds in a text what gives its reader away: names, addresses, phone numbers and the signature of their mails.

Publishing asks it before words leave the newsroom; pages of people without the right to identities are masked with it
(`masking`). The caller has asked `core.access`. What is found are places in the text, never the sealed values.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

from sqlalchemy import or_, select
from sqlmodel import Session, col

from tipline.core import vault
from tipline.core.arrival import Arrival
from tipline.core.readers import ReaderKey, name_of, normal_phone
from tipline.core.readers.display_names import OF_ONE_SIGN
from tipline.models import (
    Answer,
    ContactKind,
    Direction,
    IdentityAnswer,
    Message,
    Question,
    QuestionKind,
    Reader,
    ReaderContact,
    Tip,
)

MASK = "█"  # one for each character: places of highlights stay where they are
MIN_ANSWER_LENGTH = 4  # characters; a shorter identity answer is found in any text
MIN_PHONE_DIGITS = 7  # of a phone number; shorter ones are years and amounts
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


@dataclass(frozen=True)
class IdentifyingValues:
    """What is known of one reader, as it is looked for. Complete before the first text is asked about."""

    names: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)  # digits
    signature: set[str] = field(default_factory=set)  # lines
    answers: set[str] = field(default_factory=set)  # to questions of who they are, as a whole

    def find(self, text: str) -> list[Trace]:
        """Places that give the reader away, in order, none inside another."""
        folded, places = _folded(text)
        there = [(pattern, kind) for needle, pattern, kind in self._patterns if needle in folded]
        found = [(hit.span(), kind) for pattern, kind in there for hit in pattern.finditer(folded)]
        if self.phones:
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
        return self.without(self.unsigned(text), tuple(Kind)).strip()

    def without(self, text: str, kinds: Collection[Kind]) -> str:
        """The text with places of these kinds left out."""
        for one in reversed(self.find(text)):
            text = text[: one.begin] + "…" + text[one.end :] if one.kind in kinds else text
        return text

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

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str], Kind]]:
        """What is looked for, each behind a piece of it that is quickly found to be missing."""
        found = [(one.rpartition("@")[0], _address(one), Kind.ADDRESS) for one in self.addresses]
        lines = ((one, rf"(?m)^[^\S\n]*{re.escape(one)}[^\S\n]*$") for one in self.signature)
        found += [(line, pattern, Kind.SIGNATURE) for line, pattern in lines]
        found += [(one[:MIN_ANSWER_LENGTH], _of_answer(one), Kind.SIGNATURE) for one in self.answers]
        for name in self.names:
            found += _of_name(name)
        return [(needle, re.compile(pattern), kind) for needle, pattern, kind in found]


def of(session: Session, reader_ids: Collection[int]) -> dict[int, IdentifyingValues]:
    """What is known of these readers, by a fixed number of queries. No row is loaded: columns alone."""
    found = {reader_id: IdentifyingValues() for reader_id in reader_ids}
    if not found:
        return found
    names = select(col(Reader.id), col(Reader.key_id), col(Reader.name)).where(col(Reader.id).in_(found))
    people = session.execute(names).all()
    vault.warm(session, {key_id for _, key_id, _ in people})
    for reader_id, key_id, name in people:
        _learn_name(found[reader_id], name_of(session, key_id, name))
    contact = col(ReaderContact.reader_id), col(ReaderContact.id), col(ReaderContact.kind), col(ReaderContact.value)
    for reader_id, row_id, kind, value in session.execute(select(*contact).where(contact[0].in_(found))):
        _learn_contact(found[reader_id], kind, vault.open_text(session, value, f"reader_contact:{row_id}:value"))
    identity = col(IdentityAnswer.reader_id), col(IdentityAnswer.id), col(IdentityAnswer.value)
    for reader_id, row_id, value in session.execute(select(*identity).where(identity[0].in_(found))):
        _learn_answer(found[reader_id], vault.open_text(session, value, f"identity_answer:{row_id}:value"))
    _learn_open_answers(session, found)
    _learn_mails(session, found)
    return found


def of_tip(session: Session, tip: Tip) -> IdentifyingValues:
    """What is known of a tip's reader."""
    return of(session, [tip.reader_id])[tip.reader_id]


def of_tips(session: Session, tip_ids: Collection[int]) -> dict[int, IdentifyingValues]:
    """What is known of the readers of these tips, by the tip's id."""
    wanted = select(col(Tip.id), col(Tip.reader_id)).where(col(Tip.id).in_(tip_ids))
    readers = {tip_id: reader_id for tip_id, reader_id in session.execute(wanted) if tip_id is not None}
    known = of(session, set(readers.values()))
    return {tip_id: known[reader_id] for tip_id, reader_id in readers.items()}


def of_arrival(session: Session, reader: ReaderKey, arrival: Arrival) -> IdentifyingValues:
    """What is known of the reader of an arrival that is filed just now, by what it says and what was known before."""
    known = of(session, [reader.id])[reader.id] if reader.is_known else IdentifyingValues()
    headers = arrival.headers
    people = [*headers.senders, *headers.reply_to] if headers else []
    for person in [*people, *([arrival.original_author] if arrival.original_author else [])]:
        _learn_name(known, person.name)
        if "@" in person.address:
            known.addresses.add(_fold(person.address))
    for name in (arrival.reader_name, reader.name):
        _learn_name(known, name)
    for kind, value in ((ContactKind.EMAIL, arrival.reader_email), (ContactKind.PHONE, arrival.reader_phone)):
        if value:
            _learn_contact(known, kind, value)
    for answer in arrival.answers:
        if answer.identity:
            _learn_answer(known, answer.value)
    _learn_signature(known, arrival.signature)
    return known


def _learn_name(known: IdentifyingValues, name: str) -> None:
    if "@" not in name and any(map(str.isalpha, name)):
        known.names.add(_fold(" ".join(name.split())))


def _learn_contact(known: IdentifyingValues, kind: ContactKind, value: str) -> None:
    if kind is ContactKind.EMAIL:
        known.addresses.add(_fold(value.strip()))
    elif len(digits := normal_phone(value).strip("+")) >= MIN_PHONE_DIGITS:
        known.phones.add(digits)


def _learn_answer(known: IdentifyingValues, value: str) -> None:
    value = _fold(value.strip())
    if len(value) >= MIN_ANSWER_LENGTH:
        (known.answers if _is_telling(value) else known.signature).add(value)
    if hit := PHONE.search(value):
        known.phones.add(re.sub(r"\D", "", hit[0]))


def _is_telling(answer: str) -> bool:
    """Whether an answer gives somebody away inside a line too: a street does, "yes" or a city alone does not."""
    several = len(answer.split()) > 1 or OF_ONE_SIGN.match(answer) is not None
    return several or (len(answer) > MIN_ANSWER_LENGTH and any(map(str.isdecimal, answer)))


def _of_answer(answer: str) -> str:
    """As `_words`; signs that stand without spaces, wherever they are."""
    return re.escape(answer) if OF_ONE_SIGN.match(answer) else _words(*re.findall(r"[^\s,.]+", answer))


def _learn_open_answers(session: Session, found: dict[int, IdentifyingValues]) -> None:
    """Addresses and phones under questions of their kind that nobody marked as one about identity."""
    kinds = {QuestionKind.EMAIL: ContactKind.EMAIL, QuestionKind.PHONE: ContactKind.PHONE}
    query = (
        select(col(Tip.reader_id), col(Question.kind), col(Answer.value))
        .join(Answer, col(Answer.tip_id) == col(Tip.id))
        .join(Question, col(Question.id) == col(Answer.question_id))
        .where(col(Tip.reader_id).in_(found), col(Question.kind).in_(kinds))
    )
    for reader_id, kind, value in session.execute(query):
        _learn_contact(found[reader_id], kinds[kind], value)


def _learn_mails(session: Session, found: dict[int, IdentifyingValues]) -> None:
    """Who a tip's mails are from and how they are signed, and who wrote what was passed on."""
    message = col(Message.id), col(Message.headers), col(Message.signature), col(Message.original_author)
    sealed = or_(*(column.is_not(None) for column in message[1:]))
    query = select(col(Tip.reader_id), *message).join(Message, col(Message.tip_id) == col(Tip.id))
    query = query.where(col(Tip.reader_id).in_(found), sealed, col(Message.direction) == Direction.IN)
    for reader_id, row_id, headers, signature, original_author in session.execute(query):
        known = found[reader_id]
        people = _senders(vault.open_json(session, headers, f"message:{row_id}:headers")) if headers else []
        if original_author:
            writer = vault.open_json(session, original_author, f"message:{row_id}:original_author")
            people.append((writer["name"], writer["address"]))
        for name, address in people:
            _learn_name(known, name or "")
            if "@" in (address or ""):
                known.addresses.add(_fold(address))
        _learn_signature(known, vault.open_text(session, signature, f"message:{row_id}:signature"))


def _senders(headers: Mapping[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    return [*headers.get("from", []), *headers.get("reply_to", [])]


def _learn_signature(known: IdentifyingValues, signature: str) -> None:
    known.signature.update(_fold(line) for line in map(str.strip, signature.splitlines()) if _says_something(line))
    for hit in PHONE.finditer(_fold(signature)):
        known.phones.add(re.sub(r"\D", "", hit[0]))


def _says_something(line: str) -> bool:
    return sum(letter.isalnum() for letter in line) > 1


def _of_name(name: str) -> list[tuple[str, str, Kind]]:
    """The whole name in either order, and its parts. Of a name in Han or Hangul also the given name."""
    if OF_ONE_SIGN.match(name):
        bare = re.sub(r"[\s·]", "", name)
        given = [bare[at:] for at in (1, 2) if len(bare) - at > 1]
        spaced = bare[:1], r"\s*".join(map(re.escape, bare)), Kind.NAME
        return [spaced, *((one, re.escape(one), Kind.PART) for one in given)] if len(bare) > 1 else []
    parts = [part for part in re.split(r"[\s,]+", name) if any(map(str.isalpha, part))]
    orders = {tuple(parts), tuple(parts[::-1]), (parts[0], parts[-1]), (parts[-1], parts[0])} if parts[1:] else set()
    found = [(one[0], _words(*one), Kind.NAME) for one in sorted(orders)]
    if parts[1:]:
        initial = rf"\s+{re.escape(parts[-1][:1])}\b\.?"  # "Mateus C."
        found.append((parts[0], _words(parts[0], end=initial), Kind.NAME))
    return [*found, *((part, _words(part), Kind.PART) for part in parts if len(part.strip(".")) > 1)]


def _words(first: str, *more: str, end: str = "") -> str:
    """Words one after the other, and none of them a part of a longer one. What stands before the first is looked at
    once it is found: so the search goes by its letters."""
    begin = re.escape(first)
    rest = "".join(rf"[\s,.]+{re.escape(word)}" for word in more)
    return rf"{begin}(?<![^\W_]{begin}){rest}{end}(?![^\W_])"


def _address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    dots = re.escape(domain).replace(r"\.", r"(?:\.|\s*[\[(]?\s*dot\s*[\])]?\s*)")
    return re.escape(local) + OBFUSCATED + dots


def _fold(text: str) -> str:
    return _folded(text)[0]


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """A text without case, width, marks on letters and characters of no width, and where each of its letters was."""
    if text.isascii():
        return text.lower(), range(len(text))
    parts = list(map(_letters, text))
    places = [at for at, part in enumerate(parts) for _ in part]
    return "".join(parts), places


@lru_cache(maxsize=20_000)
def _letters(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter).casefold()
    return "".join(part for part in parts if unicodedata.category(part) not in ("Mn", "Cf"))
