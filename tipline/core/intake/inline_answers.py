"""Answers that stand in a mail between, below or beside the questions that we asked, whichever program quoted them.

An answer is taken only where it stands directly behind its question: below its lines, at the end of its line, or behind
its number. Our own lines are known, so it does not matter whether they come back marked, unmarked, or broken in two.
What is marked as quoted (">") is never anybody's answer, but for what somebody wrote at the end of a question's line.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tipline.core.arrival import Line, Part
from tipline.core.outgoing_mail.mail_questions import MailQuestion

BROKEN = 6  # lines that one of ours may have been broken into
MIN_QUESTION_LENGTH = 4  # characters of a question that is known without its number
# How people number: "1." "1)" "1、" "1:" "1 -" "(1)" "[1]" "第1题" "1题" "A1:" "Q1." "#1" "No. 1" "一、" "第一，"
# "（一）" "II." and, put into this shape before, ① ⑴ ⒈ Ⅰ. "1-2 weeks", "1.5" and "12:30" are none.
_HAN = "[一二三四五六七八九十]{1,3}"
_WORD = (
    "q|a|question|answer|antwort|frage|réponse|respuesta|pregunta|问题|問題|答案|回答|答|问|問|题|題|no\\.?|nr\\.?|n°|#"
)
ITEM = re.compile(
    r"(?:^|(?<=[\s,;.!?。;]))(?:"
    rf"[(\[【]\s?(\d{{1,2}}|{_HAN})\s?[)\]】]\s?[.:,、]?"
    rf"|(?:{_WORD})\s?(\d{{1,2}}|{_HAN})(?:\s?[)\]、。,-]|\s?[.:](?!\d)|(?=\s))"
    rf"|第\s?(\d{{1,2}}|{_HAN})\s?[题題个個条條问問]?\s?[、。,:.\s]"
    r"|(\d{1,2})\s?(?:[题題]?(?:[)\]、。]|[.:](?![\d.])|\s?[-–—](?=\s|[^\W\d]))|[题題])"
    rf"|({_HAN})[、.:]"
    r"|((?:x|ix|iv|v?i{1,3}|v)[.)](?=\s))"
    r")\s*",
    re.IGNORECASE,
)
BARE = re.compile(r"(\d{1,2})\s+(?=\S)")  # "1 yes": a number of anything, unless all lines say otherwise
LOOSE = re.compile(r"(?<![\w.])(\d{1,2})\s?[.)、:,](?!\d)|[①-⑳⑴-⒇⒈-⒛]")
ALONE = re.compile(r"(?<!\S)\d{1,2}(?!\S)")
WIDE = re.compile(r"(?<=\d)[．：](?=\d)")  # full-width: no decimal point, and no time of day
SIGNS = {
    chr(first + at): f" {at + 1}. " for first in (0x2460, 0x2474, 0x2488, 0x2776, 0x2780, 0x278A) for at in range(10)
}
SIGNS |= {chr(0x2160 + at): f" {at + 1}. " for at in range(10)}
_SIGN = re.compile(f"[{''.join(SIGNS)}][.、)]?")
ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
EDGES = " \t:：-–—=>→、"


@dataclass(slots=True)
class InlineAnswer:
    """What stands behind one question. `fresh`: among the person's new words, not in history that came along."""

    asked: MailQuestion
    lines: list[str] = field(default_factory=list)
    fresh: bool = True

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


def below(asked: Sequence[MailQuestion], others: Sequence[str], lines: Sequence[Line]) -> list[InlineAnswer]:
    """The answers below their questions, or at the end of a question's line; each question's first ones."""
    return [said for said in _Reading(asked, others, lines).run() if said.text]


def numbered(asked: Sequence[MailQuestion], others: Sequence[str], lines: Sequence[Line]) -> list[InlineAnswer]:
    """The answers behind numbers alone: "1. yes 2. no", or one a line. Nothing where the numbers are none of ours, or
    do not go up: then it is a list of their own. Nothing either where an answer holds what may be the next number:
    better none than one under another's question."""
    known = {flat(line) for one in asked for line in one.lines} | {flat(line) for line in others}
    own = [line.text for line in lines if line.part is Part.NEW and (not line.text or flat(line.text) not in known)]
    by_number = {one.number: one for one in asked}
    found: list[InlineAnswer] = []
    for number, text in _items(own):
        if number is None:
            if found and text:
                found[-1].lines.append(text)
        elif number not in by_number or (found and number <= found[-1].asked.number):
            return []
        else:
            found.append(InlineAnswer(by_number[number], [text]))
    return [] if any(_runs_on(said) for said in found) else [said for said in found if said.text]


def bare(asked: Sequence[MailQuestion], lines: Sequence[Line]) -> list[InlineAnswer]:
    """The answers behind numbers without a mark, one a line: "2 211". The caller has to check that they fit."""
    own = [unicodedata.normalize("NFKC", line.text).strip() for line in lines if line.part is Part.NEW and line.text]
    by_number = {one.number: one for one in asked}
    found = [(int(match[1]), line[match.end() :]) for line in own if (match := BARE.match(line))]
    up = all(low < high for (low, _), (high, _) in pairwise(found))
    if len(found) < 2 or not up or not all(number in by_number for number, _ in found):
        return []
    said = [InlineAnswer(by_number[number], [text]) for number, text in found]
    return [] if any(_runs_on(one) for one in said) else said


def looks_numbered(own: Sequence[str]) -> bool:
    """Whether a mail has something that may be numbered answers: a reporter has to read it."""
    plain = [_plain(line) for line in own[:500]]
    return sum(bool(ITEM.match(line) or BARE.match(line)) for line in plain) >= 2 or any(
        len(_starts(line)) >= 2 for line in plain
    )


def _runs_on(said: InlineAnswer) -> bool:
    """Whether another question's number may stand within an answer."""
    after = said.asked.number + 1
    for line in said.lines:
        numbers = [int(one) for one in ALONE.findall(line)]
        if after in numbers and after + 1 in numbers[numbers.index(after) :]:
            return True  # "1. We left 2 211 3 yes"
        for match in LOOSE.finditer(line):
            if (match[1] is None or int(match[1]) == after) and match.start() > 0:
                return True
    return False


def _plain(line: str) -> str:
    """A line in plain digits, with signs that are numbers in themselves (①) as "1."."""
    spaced = WIDE.sub(lambda match: match[0] + " ", line)
    return unicodedata.normalize("NFKC", _SIGN.sub(lambda match: SIGNS[match[0][0]], spaced)).strip()


def _number(match: re.Match[str]) -> int:
    said = next(group for group in match.groups() if group).casefold().rstrip(".)")
    if said.isdecimal():
        return int(said)
    return ROMAN.index(said) if said in ROMAN else _han(said)


def _han(said: str) -> int:
    tens, ten, ones = said.rpartition("十")
    digit = "零一二三四五六七八九".find
    return (max(digit(tens or "一"), 0) * 10 if ten else 0) + (max(digit(ones), 0) if ones else 0)


def flat(text: str) -> str:
    """A line without what programs change in it: spaces, width, case."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _items(own: Sequence[str]) -> Iterator[tuple[int | None, str]]:
    """Each number with what stands behind it, and lines that go on (None). An empty line ends an item, which may have
    begun on the line below its number."""
    inside = written = False
    for line in own:
        said = _plain(line)
        if starts := _starts(said):
            for at, start in enumerate(starts):
                stop = starts[at + 1].start() if at + 1 < len(starts) else len(said)
                yield _number(start), (text := said[start.end() : stop].strip())
                inside, written = True, bool(text)
        elif inside and said:
            yield None, said
            written = True
        elif written:
            inside = False


def _starts(said: str) -> list[re.Match[str]]:
    """Where the items of a line begin: at its beginning, and from there at each number that follows the one before."""
    starts: list[re.Match[str]] = []
    for match in ITEM.finditer(said):
        if (not starts and match.start() == 0) or (starts and _number(match) == _number(starts[-1]) + 1):
            starts.append(match)
    return starts


class _Reading:
    """One walk through a mail's lines, which knows under which question it is."""

    def __init__(self, asked: Sequence[MailQuestion], others: Sequence[str], lines: Sequence[Line]) -> None:
        self.lines, self.at = lines, 0
        self.flats = [flat(line.text) for line in lines]
        heads = [(head, more, one) for one in asked for head, more in _heads(one)]
        self.heads = sorted(heads, key=lambda head: -len(head[0]))
        self.others = {flat(line) for line in others} - {""}
        self.here: InlineAnswer | None = None
        self.left: list[str] = []  # lines of this question that may still come
        self.found: dict[int, InlineAnswer] = {}

    def run(self) -> list[InlineAnswer]:
        while self.at < len(self.lines):
            if not (self._question() or self._own_line()):
                self._theirs()
                self.at += 1
        return list(self.found.values())

    def _question(self) -> bool:
        for head, more, one in self.heads:
            if (hit := self._match(head, more=more)) is None:
                continue
            self.at, rest = hit
            part = self.lines[self.at - 1].part
            again = one.number in self.found and bool(self.found[one.number].text)
            self.here = None if again else InlineAnswer(one, [rest] if rest else [], part is Part.NEW or not rest)
            if self.here is not None:
                self.found[one.number] = self.here
            self.left = [flat(line) for line in one.lines[1:]]
            return True
        return False

    def _own_line(self) -> bool:
        """A line of the question that goes on here, or any other of ours, which ends its answer."""
        for place, line in enumerate(self.left):
            if hit := self._match(line):
                self.at, self.left = hit[0], self.left[place + 1 :]
                return True
        ours = next((hit for line in self.others if (hit := self._match(line))), None)
        if ours is not None:
            self.at, self.here = ours[0], None
        return ours is not None

    def _theirs(self) -> None:
        line = self.lines[self.at]
        if self.here is None or (not line.text and not self.here.lines):
            return
        if line.part is Part.QUOTED:
            if line.text:
                self.here = None  # somebody else's words stand between the question and what follows
        elif line.text or self.here.lines:
            self.here.lines.append(line.text)
            self.here.fresh = self.here.fresh and line.part is Part.NEW

    def _match(self, wanted: str, *, more: bool = False) -> tuple[int, str] | None:
        """Whether one of our lines stands here, maybe broken: the line behind it, and (`more`) what was added to it."""
        said = ""
        for at in range(self.at, min(self.at + BROKEN, len(self.lines))):
            if not self.flats[at] and at == self.at:
                return None
            said += self.flats[at]
            if said == wanted:
                return at + 1, ""
            if more and said.startswith(wanted):
                return at + 1, _rest(" ".join(line.text for line in self.lines[self.at : at + 1]), wanted)
            if not wanted.startswith(said):
                return None
        return None


def _heads(one: MailQuestion) -> set[tuple[str, bool]]:
    """How a question's line may come back: as it was, without our "(optional)", without the number, which some programs
    drop; and whether an answer may stand behind it in the same line."""
    number, _, line = one.lines[0].partition(" ")
    wording = one.question.wording if one.question else line
    found = {(flat(number + said), True) for said in (line, wording)}
    return found | {(flat(said), False) for said in (line, wording) if len(flat(said)) >= MIN_QUESTION_LENGTH}


def _rest(joined: str, wanted: str) -> str:
    """What stands behind our words in a line."""
    low, high = 0, len(joined)
    while low < high:
        middle = (low + high) // 2
        if len(flat(joined[:middle])) < len(wanted):
            low = middle + 1
        else:
            high = middle
    return joined[low:].strip(EDGES)
