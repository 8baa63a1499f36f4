"""Header values as people meant them: encoded words, raw 8-bit bytes, ids, dates, parameters.

RFC 5322 (syntax), RFC 2047 (encoded words), RFC 2231 (parameters), read as tolerantly as mail programs write.
"""

import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from tipline.mail import charsets

MAX_VALUE = 100_000  # bytes of one header that are read; the raw message keeps all
MAX_PARAMETERS = 20_000
MAX_IDS = 200
MAX_FIELDS = 5000

Fields = Mapping[str, list[bytes]]
Word = tuple[str | None, bytes]  # (charset, bytes); None for text outside encoded words

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_FOLD = re.compile(r"[\r\n]+(?=[ \t])")  # the white space behind it is part of the value (RFC 5322 2.2.3)
_WORD_START = re.compile(r"=\?([\w.:()+*\-]{1,60})\?([bBqQ])\?")
_SPACE = re.compile(r"[ \t\r\n]+")  # not \s: bytes read as Latin-1 hold \x85 and \xa0
_BLANK = " \t\r\n"
_NOT_B64 = re.compile(rb"[^A-Za-z0-9+/]")
_ID = re.compile(rb"<([^<>]+)>")
_PARAMETER = re.compile(r"""(?<![\w*.\-])([\w*.\-]+) ?= ?("(?:[^"\\]|\\.){0,4000}+"|[^;]*)""", re.DOTALL)
_EXTENDED = re.compile(r"([^*]+)\*(?:(\d{1,3})(\*)?)?$")
_FIELD = re.compile(rb"(?!--)([!-9;-~]++)[ \t]*+:[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_HEAD_END = re.compile(rb"\n\r?\n")
_EPOCH = datetime(1971, 1, 1, tzinfo=UTC)


def block(raw: bytes, at: int) -> tuple[dict[str, list[bytes]], int, bool]:
    """The header fields that begin at `at` by lower-case name, where the body begins, and whether an empty line, as
    it should, stands between."""
    found: dict[str, list[bytes]] = {}
    count = 0
    while match := _FIELD.match(raw, at):
        name, value = match.groups()
        found.setdefault(name.decode("latin-1").lower(), []).append(value[:MAX_VALUE].rstrip(b"\r"))
        at = match.end()
        count += 1
        if count == MAX_FIELDS:
            end = _HEAD_END.search(raw, at)
            return found, end.end() if end else len(raw), True
    if raw.startswith((b"\n", b"\r\n"), at):
        return found, at + (1 if raw.startswith(b"\n", at) else 2), True
    return found, at, at >= len(raw)


def first(headers: Fields, name: str) -> bytes:
    """The first non-empty field of that name, or b""."""
    return next((value for value in headers.get(name, ()) if value.strip()), b"")


def text(raw: bytes, hint: str = "") -> str:
    """Unstructured header text, decoded and on one line. `hint` is the charset that raw 8-bit bytes may be in."""
    if b"=?" not in raw and raw.isascii() and b"\x1b" not in raw and b"~{" not in raw:
        return clean(raw.decode("ascii"))
    return clean("".join(spelled(word, hint) for word in words(raw)))


def clean(value: str) -> str:
    """Folding and control characters become single spaces (a decoded header may hold CR LF)."""
    return _CONTROL.sub(" ", _FOLD.sub("", value)).strip()


def spelled(word: Word, hint: str = "") -> str:
    charset, data = word
    return charsets.decode(data, hint if charset is None else charset)


def words(raw: bytes) -> list[Word]:
    """Split into encoded words (RFC 2047) and text between; neighbours of one charset are joined as bytes,
    so that a character cut in two by the sender's program is whole again."""
    line = raw.decode("latin-1")
    found: list[Word] = []
    pending = ""  # base64 that stopped inside a quantum, to be continued by the next word
    at = 0
    while match := _WORD_START.search(line, at):
        between = line[at : match.start()]
        end = line.find("?=", match.end())
        if end < 0:  # cut off: take what there is, up to white space
            stop = _SPACE.search(line, match.end())
            end, at_next = (stop.start(), stop.start()) if stop else (len(line), len(line))
        else:
            at_next = end + 2
        charset, payload = match[1].split("*", 1)[0], line[match.end() : end]
        adjacent = bool(found) and found[-1][0] is not None and not between.strip(_BLANK)
        if between and not adjacent and (found or between.strip(_BLANK)):
            found.append((None, between.encode("latin-1")))
        if not adjacent:
            pending = ""
        if match[2] in "bB":
            payload = pending + payload
            data, pending = _base64_word(payload)
        else:
            data, pending = _q_word(payload), ""
        if adjacent and found[-1][0] is not None and charsets.codec(found[-1][0]) == charsets.codec(charset):
            found[-1] = (found[-1][0], found[-1][1] + data)
        else:
            found.append((charset, data))
        at = at_next
    if rest := line[at:]:
        found.append((None, rest.encode("latin-1")))
    return found


def _base64_word(payload: str) -> tuple[bytes, str]:
    """Decoded bytes, and the tail of an unfinished quantum (programs cut base64 anywhere)."""
    data = payload.encode("latin-1")
    squeezed = _NOT_B64.sub(b"", data.replace(b"-", b"+").replace(b"_", b"/"))
    whole = len(squeezed) - len(squeezed) % 4
    done, tail = binascii.a2b_base64(squeezed[:whole]), squeezed[whole:]
    if tail and (b"=" in data or len(tail) > 1):
        return done + binascii.a2b_base64(tail + b"=" * (-len(tail) % 4)) if len(tail) > 1 else done, ""
    return done, tail.decode("ascii")


def _q_word(payload: str) -> bytes:
    return binascii.a2b_qp(payload.encode("latin-1"), header=True)


def ids(raw: bytes) -> tuple[str, ...]:
    """Message ids without brackets (RFC 5322 3.6.4), in order, each once."""
    found = _ID.findall(raw) or raw.replace(b",", b" ").split()
    clean_ids = ("".join(item.decode("utf-8", "replace").split()).strip("<>") for item in found[:MAX_IDS])
    return tuple(dict.fromkeys(item for item in clean_ids if item))


def message_id(raw: bytes) -> str:
    """The message's own id without brackets; ids with spaces or without brackets are taken as they stand."""
    match = _ID.search(raw)
    value = match[1] if match else raw.strip().strip(b"<>")
    return clean(value.decode("utf-8", "replace"))


def date(raw: bytes) -> datetime | None:
    """A Date field in UTC, or None where it can't be read or is no date of the e-mail age."""
    try:
        when = parsedate_to_datetime(clean(raw[:200].decode("ascii", "replace")))
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, ArithmeticError, AttributeError):
        return None
    return when if when > _EPOCH and when.year < 2200 else None


def parameters(raw: bytes, hint: str = "") -> tuple[str, dict[str, str]]:
    """Value and parameters of Content-Type or Content-Disposition: RFC 2231 continuations and charsets, and what
    programs write instead (encoded words, raw 8-bit bytes, no quotes, no semicolon)."""
    line = _SPACE.sub(" ", raw[:MAX_PARAMETERS].decode("latin-1")).strip(_BLANK)
    head = re.split(r"[; ]", line, maxsplit=1)[0]
    plain: dict[str, str] = {}
    extended: dict[str, list[tuple[int, bool, bytes]]] = {}
    for name, value in _PARAMETER.findall(line[len(head) :]):
        name = name.lower()
        if value[:1] == '"' and value[-1:] == '"' and len(value) > 1:
            value = re.sub(r'\\(["\\])', r"\1", value[1:-1])
        else:
            value = value.strip(_BLANK).strip('"')
        data = value.encode("latin-1")
        if match := _EXTENDED.match(name):
            coded = name.endswith("*")
            extended.setdefault(match[1], []).append((int(match[2] or 0), coded, data))
        else:
            plain.setdefault(name, text(data, hint))
    for name, pieces in extended.items():
        if value := _extended(pieces, hint):
            plain[name] = value
    return head.strip().lower(), plain


def _extended(pieces: list[tuple[int, bool, bytes]], hint: str) -> str:
    """One RFC 2231 value from its numbered pieces, percent-coded ones and plain ones mixed."""
    charset, whole = "", b""
    for index, (_, coded, data) in enumerate(sorted(pieces, key=lambda piece: piece[0])):
        if coded and index == 0 and data.count(b"'") >= 2:
            label, _, data = data.split(b"'", 2)
            charset = label.decode("ascii", "replace")
        whole += unquote_to_bytes(data) if coded else data
    if b"=?" in whole:
        return text(whole, charset or hint)
    return clean(charsets.decode(whole, charset or hint))
