"""Signatures at the end of a person's words: theirs, their phone's, their mailing list's."""

import re

from tipline.mail import sign_offs
from tipline.mail.html import is_mark
from tipline.mail.separators import RULE

NEW, OLD, SIGN, MARK = "n", "q", "s", "m"  # what a line is: new words, history, signature, a mark of `html`
MAX_LINES = 30  # lines

_DELIMITER = re.compile(r"\s*--\s*$")  # RFC 3676 4.3, also without its space
_CARD = (re.compile(r"\s*\|[ \t]*\|\s*$"), re.compile(r"[\s|]*\|\s*$"))  # first and last line of NetEase's name card
MAX_FILLED_LINES = 10  # lines of a signature that hold anything
# How an office's servers begin what they add below every mail.
_DISCLAIMER = re.compile(
    r"(?:this (?:e-?mail|message)[^.]{0,80}(?:confidential|intended)|le informazioni contenute|diese e-?mail enthält|"
    r"ce (?:message|courriel)[^.]{0,80}confidentiel|este (?:mensaje|correo)[^.]{0,80}confidencial|本邮件[^。]{0,60}保密)",  # noqa: E501
    re.IGNORECASE,
)
_CONTACT = re.compile(r"https?:|www\.|\S@\S|\d[\d ()./\-]{5,}\d")
_POSTSCRIPT = re.compile(
    r"\s*(?:p\.? ?p?\.? ?s\b|n\.? ?b\b|又及|附[:：言]|附记|追伸|추신|постскриптум|з\.ы|ملاحظة)", re.IGNORECASE
)
_RULE = re.compile(r"\s*[_=]{2,}\s*$")


def mark(lines: list[str], tags: list[str]) -> None:
    """Tag the signature at the end of each run of new lines, and the rules that set history apart."""
    start, total = 0, len(lines)
    while start < total:
        stop = start
        while stop < total and tags[stop] in (NEW, MARK):
            stop += 1
        if stop > start:
            _mark_run(lines, tags, start, stop)
        start = stop + 1


def _mark_run(lines: list[str], tags: list[str], start: int, stop: int) -> None:
    stop = _trim(lines, tags, start, stop, rules=stop < len(lines))
    for at in range(max(start, stop - MAX_LINES), stop):
        ruled = _RULE.match(lines[at]) and _is_footer(lines[at + 1 : stop])
        if ruled or (_DELIMITER.match(lines[at]) and _is_signature(lines[at + 1 : stop])):
            _tag(lines, tags, at, stop)
            stop = _trim(lines, tags, start, at, rules=False)
            break
    while stop > start and sign_offs.is_mobile(lines[stop - 1]):
        _tag(lines, tags, stop - 1, stop)
        stop = _trim(lines, tags, start, stop - 1, rules=False)
    stop = _mark_card(lines, tags, start, stop)
    for at in range(max(start + 1, stop - 8), stop):
        if sign_offs.is_closer(lines[at]) and _is_closing(lines[at + 1 : stop]):
            _tag(lines, tags, at, stop)
            break


def _mark_card(lines: list[str], tags: list[str], start: int, stop: int) -> int:
    """Tag a name card: a table of one column, of which the text part keeps the bars ("| |", name, "|")."""
    first, last = _CARD
    if stop > start and last.match(lines[stop - 1]):
        for at in range(stop - 1, max(start, stop - 14) - 1, -1):
            if first.match(lines[at]):
                _tag(lines, tags, at, stop)
                return _trim(lines, tags, start, at, rules=False)
    return stop


def _tag(lines: list[str], tags: list[str], start: int, stop: int) -> None:
    for index in range(start, stop):
        tags[index] = MARK if is_mark(lines[index]) else SIGN


def _trim(lines: list[str], tags: list[str], start: int, stop: int, *, rules: bool) -> int:
    """The end of the run without empty lines and, before history, without the rule that introduces it."""
    while stop > start:
        line = lines[stop - 1]
        if line.strip() and not is_mark(line):
            if not (rules and RULE.match(line)):
                break
            tags[stop - 1] = OLD
        stop -= 1
    return stop


def _is_footer(lines: list[str]) -> bool:
    tail = [line for line in lines if line.strip()]
    return _is_signature(lines) and any("http" in line or "@" in line for line in tail)


def _is_signature(lines: list[str]) -> bool:
    """Whether lines below a delimiter are a name, an address, a motto. A letter may go on below "--" too."""
    tail = [line.strip() for line in lines if line.strip() and not is_mark(line)]
    if any(line.startswith("-----BEGIN PGP SIGNATURE") or _DISCLAIMER.match(line) for line in tail[:2]):
        return True
    prose = sum(_is_prose(line) for line in tail)
    named = bool(tail) and not _is_prose(tail[0])
    return len(tail) <= MAX_FILLED_LINES and prose <= (1 if named else 0)


def _is_prose(line: str) -> bool:
    """Whether a line reads as a sentence or a piece of one."""
    line = line.strip()
    wide = sum(char > "\u2e7f" for char in line)
    if wide > 4:
        return wide > 16 or any(char in line for char in "，。！？、；")
    words = line.split()
    plain = sum(word.isalpha() and word.islower() for word in words)
    return (len(words) > 4 and line[-1:] in ".!?…؟۔।,") or plain > 4 or (len(words) > 6 and not _CONTACT.search(line))


def _is_closing(lines: list[str]) -> bool:
    tail = [line.strip() for line in lines if line.strip()]
    return len(tail) <= 6 and all(
        len(line) <= 60 and not _is_prose(line) and not _POSTSCRIPT.match(line) for line in tail
    )
