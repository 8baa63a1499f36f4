"""Answers that stand in a mail between, below or beside the questions that we asked, whichever program quoted them.

An answer is taken only where it stands directly behind its question: below its lines, at the end of its line, or behind
its number. Our own lines are known, so it does not matter whether they come back marked, unmarked, or broken in two.
What is marked as quoted (">") is never anybody's answer, but for what somebody wrote at the end of a question's line.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tipline.core.arrival import Line, Part
from tipline.core.letters.asked_by_mail import Asked

BROKEN = 6  # lines that one of ours may have been broken into
SHORTEST = 4  # characters of a question that is known without its number
ITEM = re.compile(r"(?:^|(?<=\s))(?:q|Q|问题|問題|第)?\s?(\d{1,2})\s?(?:[题題]?(?:[)、。]|[.:](?![\d.]))|[题題])\s*")
EDGES = " \t:：-–—=>→、"


@dataclass(slots=True)
class Said:
    """What stands behind one question. `fresh`: among the person's new words, not in history that came along."""

    asked: Asked
    lines: list[str] = field(default_factory=list)
    fresh: bool = True

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


def below(asked: Sequence[Asked], others: Sequence[str], lines: Sequence[Line]) -> list[Said]:
    """The answers below their questions, or at the end of a question's line; each question's first ones."""
    return [said for said in _Reading(asked, others, lines).run() if said.text]


def numbered(asked: Sequence[Asked], others: Sequence[str], lines: Sequence[Line]) -> list[Said]:
    """The answers behind numbers alone: "1. yes 2. no", or one a line. Nothing where the numbers are none of ours, or
    do not go up: then it is a list of their own."""
    known = {flat(line) for one in asked for line in one.lines} | {flat(line) for line in others}
    own = [line.text for line in lines if line.part is Part.NEW and (not line.text or flat(line.text) not in known)]
    by_number = {one.number: one for one in asked}
    found: list[Said] = []
    for number, text in _items(own):
        if number is None:
            if found and text:
                found[-1].lines.append(text)
        elif number not in by_number or (found and number <= found[-1].asked.number):
            return []
        else:
            found.append(Said(by_number[number], [text]))
    return [said for said in found if said.text]


def flat(text: str) -> str:
    """A line without what programs change in it: spaces, width, case."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _items(own: Sequence[str]) -> Iterator[tuple[int | None, str]]:
    """Each number with what stands behind it, and lines that go on (None). An empty line ends an item, which may have
    begun on the line below its number."""
    inside = written = False
    for line in own:
        said = unicodedata.normalize("NFKC", line).strip()
        if starts := _starts(said):
            for at, start in enumerate(starts):
                stop = starts[at + 1].start() if at + 1 < len(starts) else len(said)
                yield int(start[1]), (text := said[start.end() : stop].strip())
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
        if (not starts and match.start() == 0) or (starts and int(match[1]) == int(starts[-1][1]) + 1):
            starts.append(match)
    return starts


class _Reading:
    """One walk through a mail's lines, which knows under which question it is."""

    def __init__(self, asked: Sequence[Asked], others: Sequence[str], lines: Sequence[Line]) -> None:
        self.lines, self.at = lines, 0
        self.flats = [flat(line.text) for line in lines]
        heads = [(head, more, one) for one in asked for head, more in _heads(one)]
        self.heads = sorted(heads, key=lambda head: -len(head[0]))
        self.others = {flat(line) for line in others} - {""}
        self.here: Said | None = None
        self.left: list[str] = []  # lines of this question that may still come
        self.found: dict[int, Said] = {}

    def run(self) -> list[Said]:
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
            self.here = None if again else Said(one, [rest] if rest else [], part is Part.NEW or not rest)
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


def _heads(one: Asked) -> set[tuple[str, bool]]:
    """How a question's line may come back: as it was, without our "(optional)", without the number, which some programs
    drop; and whether an answer may stand behind it in the same line."""
    number, _, line = one.lines[0].partition(" ")
    wording = one.question.wording if one.question else line
    found = {(flat(number + said), True) for said in (line, wording)}
    return found | {(flat(said), False) for said in (line, wording) if len(flat(said)) >= SHORTEST}


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
