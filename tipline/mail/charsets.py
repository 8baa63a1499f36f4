"""Bytes to text, by what the bytes say before what the label says.

Order: escape-driven charsets that look like ASCII (ISO-2022, HZ), strict UTF-8, the declared charset
(the GBK family read as GB18030, Latin-1 as Windows-1252), then detection. Nothing here ever raises.
"""

import codecs
import re

from tipline.mail import charset_scores
from tipline.mail.charset_labels import codec

__all__ = ["codec", "decode", "detect"]

_STATEFUL = ("iso2022", "hz", "utf-7", "utf_7", "utf-16", "utf-32")

_SAMPLE = 20_000
_SURROGATE = re.compile("[\ud800-\udfff]")


def decode(data: bytes, declared: str = "") -> str:
    """Text of `data`. `declared` is a label, trusted only as far as the bytes bear it out. No lone surrogates, which
    UTF-7 can spell and nothing else can write down."""
    return _SURROGATE.sub("\ufffd", _decoded(data, declared))


def _decoded(data: bytes, declared: str) -> str:
    name = codec(declared) if declared else ""
    if data.isascii():
        return _ascii(data, name)
    if name == "cp1252" and "ascii" in declared.lower():
        name = ""  # it is not
    if name == "gb18030" and _only_common_hanzi(data):
        return data.decode(name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if b"\x00" in data and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if name and name != "utf-8":
        text = _declared(data, name)
        if text is not None:
            return text
    broken = _nearly_utf8(data, name)
    if broken is not None:
        return broken
    found = _by_letters(data[:_SAMPLE])
    if name == "utf-8" and not found:
        mixed = data.decode("utf-8", "tipline-latin")
        if charset_scores.western(mixed[:_SAMPLE]) or detect(data) == "cp1252":
            return mixed
    found = found or detect(data)
    if found == "cp1252" and name:
        found = name
    return _lenient(data, found)


def _ascii(data: bytes, name: str) -> str:
    if b"\x1b" in data or (name and name.startswith(_STATEFUL)):
        return _stateful(data, name)
    if b"~{" in data and b"~}" in data and (name in ("hz", "gb18030")):
        return _lenient(data, "hz")
    if name == "cp037" or name.startswith("cp500"):
        return _lenient(data, name)
    return data.decode("ascii")


def _stateful(data: bytes, name: str) -> str:
    """Charsets whose bytes are all ASCII: their escapes tell."""
    # Escapes are no text in UTF-8 and its like: who labels them so converted nothing.
    candidates = [name] if name.startswith(_STATEFUL) else []
    if b"\x1b$)C" in data:
        candidates.append("iso2022_kr")
    if b"\x1b$" in data or b"\x1b(" in data:
        candidates += ["iso2022_jp_ext", "iso2022_jp_2"]
    for candidate in candidates:
        try:
            return data.decode(candidate)
        except (UnicodeError, LookupError):
            continue
    if b"\x1b$" in data and b"\x1b$)C" not in data:
        try:
            return _JIS.sub(_shifted, data).replace(b"\x1b(B", b"").replace(b"\x1b(J", b"").decode("cp932")
        except UnicodeError:
            pass
    # A line cut in the middle of an escape sequence: keep what can be read.
    return _lenient(data, candidates[0] if candidates else "ascii")


_JIS = re.compile(rb"\x1b\$[@B]((?:[\x21-\x7e]{2})*)")
_EUC_JP = re.compile(rb"\x8e([\xa1-\xdf])|((?:[\xa1-\xfe]{2})+)")
_CLEAR_HIGH = bytes(byte & 0x7F for byte in range(256))


def _shifted(run: "re.Match[bytes]") -> bytes:
    return _as_shift_jis(run[1])


def _shifted_euc(run: "re.Match[bytes]") -> bytes:
    return bytes(run[1] or _as_shift_jis(run[2].translate(_CLEAR_HIGH)))


def _as_shift_jis(run: bytes) -> bytes:
    """A run of JIS X 0208 as Shift JIS. Windows' form of that has NEC's row 13 (①, №, ㈱), which Python's ISO-2022-JP
    and EUC-JP lack and programs send all the same."""
    out = bytearray()
    for row, cell in zip(run[::2], run[1::2], strict=True):
        lead = (row - 0x21 >> 1) + 0x81
        out.append(lead if lead <= 0x9F else lead + 0x40)
        out.append(cell + 0x7E if row % 2 == 0 else cell + (0x1F if cell <= 0x5F else 0x20))
    return bytes(out)


def _declared(data: bytes, name: str) -> str | None:
    """Text by the declared charset, or None where the bytes belie it."""
    if name == "cp1252" and (_looks_double_byte(data) or _hardly_latin(data) or charset_scores.turkish(data[:_SAMPLE])):
        found = detect(data)
        if found != "cp1252":
            return _lenient(data, found)
    try:
        return _exactly(data, name)
    except (UnicodeError, LookupError):
        pass
    text = _lenient(data, name)
    high = sum(1 for byte in data[:_SAMPLE] if byte > 127)
    wrong = text[:_SAMPLE].count("\ufffd")
    return text if wrong <= max(1, high // 12) else None


def _exactly(data: bytes, name: str) -> str:
    """Text in a charset; of EUC-JP also with NEC's row 13. Raises UnicodeError or LookupError where it is another."""
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        if name != "euc_jp":
            raise
        return _EUC_JP.sub(_shifted_euc, data).decode("cp932")


_LONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?=[\x00-\x7f])")  # never UTF-8; among ASCII, a Latin letter


def _as_latin(err: UnicodeError) -> tuple[str, int]:
    """What is not UTF-8 in a text that is, or says it is: Latin letters, as a footer has them that a server added."""
    if not isinstance(err, UnicodeDecodeError):
        raise err
    return err.object[err.start : err.end].decode("cp1252", "replace"), err.end


def _lone_as_latin(err: UnicodeError) -> tuple[str, int]:
    if not isinstance(err, UnicodeDecodeError):
        raise err
    lone = _LONE.match(err.object, err.start) is not None and err.object[max(0, err.start - 1)] < 0x80
    return _as_latin(err) if lone or (err.start == 0 and _LONE.match(err.object)) else ("\ufffd", err.end)


codecs.register_error("tipline-latin", _as_latin)
codecs.register_error("tipline-lone-latin", _lone_as_latin)


def _nearly_utf8(data: bytes, name: str) -> str | None:
    """UTF-8 with a few broken or cut characters: common, and better read as such than guessed."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    wrong = text.count("\ufffd")
    if wrong and _LONE.search(data):
        text = data.decode("utf-8", "tipline-lone-latin").removeprefix("\ufeff")
    right = sum(1 for char in text[:_SAMPLE] if char > "\x7f" and char != "\ufffd")
    if right > 3 * wrong or (name == "utf-8" and right > wrong):
        return text
    return None


def _lenient(data: bytes, name: str) -> str:
    try:
        return _exactly(data, name)
    except (UnicodeError, LookupError):
        pass
    try:
        return data.decode(name, "replace")
    except (UnicodeError, LookupError):
        return data.decode("cp1252", "replace")


_HIGH = bytes(range(0xC0, 0x100))
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_HIGH_RUNS = re.compile(rb"[\x80-\xff]+")
_COMMON_HANZI = re.compile(rb"(?:[\x00-\x7f]|(?:(?<![A-Za-z])(?:[\xb0-\xd7][\xa1-\xfe])++(?![A-Za-z])))*+")


def _only_common_hanzi(data: bytes) -> bool:
    """Whether all but ASCII is commonest Chinese (level 1 of GB 2312), with no Latin letters next to it.

    Two bytes each, some such words are good UTF-8 as well: the name 小梅 would be read as "С÷".
    """
    return len(data) <= 60 and _COMMON_HANZI.fullmatch(data) is not None


def _looks_double_byte(data: bytes) -> bool:
    """Whether high bytes come in pairs and long runs, as in East Asian text under a Latin-1 label."""
    runs = [len(run) for run in _HIGH_RUNS.findall(data[:_SAMPLE])]
    high = sum(runs)
    return high >= 8 and high / len(runs) >= 4 and sum(run for run in runs if run % 2 == 0) >= 0.9 * high


def _hardly_latin(data: bytes) -> bool:
    """Whether most letters are high bytes: no language that is written in Latin letters has so many accents."""
    sample = data[:_SAMPLE]
    high = len(sample) - len(sample.translate(None, _HIGH))
    plain = len(sample) - len(sample.translate(None, _LETTERS))
    return high >= 8 and high > 2 * plain


def detect(data: bytes) -> str:
    """A codec for bytes that say nothing true of themselves; "cp1252" where all else is less likely.

    Scores the East Asian, Cyrillic, Arabic, Hebrew and Greek charsets by the share of very common letters.
    """
    sample = data[:_SAMPLE]
    if found := _by_letters(sample):
        return found
    if charset_scores.turkish(sample):
        return "cp1254"
    if charset_scores.western(sample.decode("cp1252", "replace")):
        return "cp1252"
    return _ask_library(sample) or "cp1252"


def _by_letters(sample: bytes) -> str:
    best, best_score = "", 0.0
    for name in (
        "gb18030",
        "big5hkscs",
        "cp932",
        "euc_jp",
        "cp949",
        "koi8_r",
        "cp1251",
        "cp866",
        "iso8859_5",
        "cp1256",
        "iso8859_6",
        "cp1255",  # ISO-8859-8 is a part of it
        "cp1253",
        "iso8859_7",
    ):
        score = _score(sample, name)
        if score > best_score:
            best, best_score = name, score
    return best if best_score >= 0.3 else ""


def _score(sample: bytes, name: str) -> float:
    try:
        text = _exactly(sample, name)
    except UnicodeDecodeError as err:
        if len(sample) < _SAMPLE or err.start < _SAMPLE - 4:
            return 0.0
        text = sample[: err.start].decode(name, "replace")
    found = charset_scores.score(text, name)
    if name == "gb18030" and _only_common_hanzi(sample):
        found = max(found, 0.8)  # a word or a name: too short to count common letters
    return found


def _ask_library(sample: bytes) -> str:
    from charset_normalizer import from_bytes  # slow to import, rarely needed

    if sum(byte > 127 for byte in sample) < 8:
        return ""
    match = from_bytes(sample[:4000]).best()
    return codec(match.encoding) if match else ""
