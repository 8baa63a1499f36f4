"""Which lines of a text are new, which are history, which are signature. Every line is looked at a bounded number of
times."""

import re
from collections.abc import Sequence

from tipline.mail import attribution, header_names, separators, signatures
from tipline.mail.html import END, QUOTE, SIGNATURE, WEAK, is_mark
from tipline.mail.signatures import MARK, NEW, OLD, SIGN

QUOTED = re.compile(r"[ \t]{0,4}[>＞](?![_.:;][<\s]?)")
PREFIX = re.compile(r"\A[ \t]{0,4}(?:[>＞] ?){1,60}")
_DIGIT = re.compile(r"[\d٠-٩@]")  # an attribution has a date or an address
_FURTHER = re.compile(r"[\s>]{0,9}[^\s:：][^:：]{0,24}[:：][^@]{0,200}<[^\s<>@]+@[^\s<>]+>\s*$")
MAX_LOOKED_AT = 200_000  # characters: history that begins later is not looked for
MAX_TRIES = 4000  # lines that may look like the beginning of history


class LineScan:
    """Tags every line of one text as new, old (history) or signature.

    `answers`: whether the mail is known to answer or forward another. A fresh letter has no history, so there only what
    programs alone write is taken for it: what is shown too much costs a reporter a glance, what is folded a story.
    """

    def __init__(self, lines: list[str], *, answers: bool = True) -> None:
        self.answers = answers
        self.lines = lines
        self.tags = [NEW] * len(lines)
        self.forwarded = False
        self.inner: list[str] | None = None  # the body of the first history, if there should be nothing else
        self.inner_at = 0
        self.inner_head: list[str] = []  # the header block of that history
        self.introduced: set[int] = set()  # lines that introduce history
        self.reads_quotes = answers  # ">" begins a line of dialogue too, until something introduces history
        self.ends = self._match_marks()
        self.kinds: dict[int, str] = {}
        self.tries = MAX_TRIES
        self.following = self._following()

    def _match_marks(self) -> dict[int, int]:
        open_at: list[int] = []
        ends: dict[int, int] = {}
        for index, line in enumerate(self.lines):
            if is_mark(line):
                if line.strip() != END:
                    open_at.append(index)
                elif open_at:
                    ends[open_at.pop()] = index
        return ends

    def run(self) -> None:
        index, seen = 0, 0
        while index < len(self.lines):
            line = self.lines[index]
            seen += len(line)
            if is_mark(line):
                index = self._marked(index)
            elif (self.reads_quotes or self._quotes_a_program(index)) and self._is_quoted(index):
                self.reads_quotes = True
                self.tags[index] = OLD
                self._whole_message(index)
                index += 1
            elif self.tries > 0 and seen < MAX_LOOKED_AT and line.strip() and (after := self._opener(index)):
                index = after
            else:
                index += 1
        self._whole_quote()
        signatures.mark(self.lines, self.tags)

    # history

    def _is_quoted(self, index: int) -> bool:
        line = self.lines[index]
        if QUOTED.match(line):
            alone = not (self._neighbour_quoted(index, -1) or self._neighbour_quoted(index, 1))
            return not (alone and (line.rstrip().endswith("<") or line.startswith(">From ")))
        # A quoted line that the sender's program wrapped, so that its end lost the mark.
        if not (index and self.tags[index - 1] == OLD and self._neighbour_quoted(index, 1)):
            return False
        before = self.lines[index - 1].rstrip()
        if not QUOTED.match(before):
            return False
        in_link = before.rfind("http") > max(before.rfind(")"), before.rfind(" "))
        return in_link or (len(before) >= 60 and line[:1].islower() and not before.endswith("?"))

    def _quotes_a_program(self, index: int) -> bool:
        """Whether a run of lines with ">" begins here with what programs write above history, as Apple's quote it."""
        if self.tries <= 0 or not QUOTED.match(self.lines[index]) or (index and QUOTED.match(self.lines[index - 1])):
            return False
        self.tries -= 1
        stop = min(index + 16, self._quote_end(index))
        bare = LineScan([PREFIX.sub("", line, count=1) for line in self.lines[index:stop]], answers=False)
        first = bare.following[0]
        if first >= len(bare.lines):
            return False
        line = bare.lines[first]
        if separators.is_forward(line) or separators.is_certain_original(line):
            return True
        block = bare.header_block(first, strict=True)
        found = bare.attribution(first)
        return (block is not None and bare._certain_block(first, block)) or (
            found is not None and bare._certain_attribution(first, found)
        )

    def _whole_message(self, index: int) -> None:
        """Remember a message that is quoted from its header block on, with no line of the sender's above it."""
        if self.inner is None and self.tries > 0 and not (index and self.tags[index - 1] == OLD):
            stop = self._quote_end(index)
            bare = LineScan([PREFIX.sub("", line, count=1) for line in self.lines[index : min(index + 16, stop)]])
            self.tries -= 1
            first = bare.following[1] if separators.is_original(bare.lines[0]) else 0
            if first < len(bare.lines) and bare.header_block(first, strict=True) is not None:
                self._remember(index + first, stop)

    def _neighbour_quoted(self, index: int, step: int) -> bool:
        other = index + step
        return 0 <= other < len(self.lines) and QUOTED.match(self.lines[other]) is not None

    def _marked(self, index: int) -> int:
        kind, end = self.lines[index].strip(), self.ends.get(index)
        self.tags[index] = MARK
        if kind == END or end is None:
            return index + 1
        if kind == WEAK and not (self.answers and self._nothing_after(end)):
            return index + 1
        if kind == SIGNATURE:
            if self._fill(index, end + 1, SIGN, keep=any(is_mark(line) for line in self.lines[index + 1 : end])):
                return end + 1
            return index + 1
        if not self._anything_new_before(index) and kind == WEAK:
            return index + 1
        self._remember(index + 1, end)
        self._fill(index, end + 1, OLD)
        return end + 1

    def _fill(self, start: int, stop: int, tag: str, *, keep: bool = False) -> bool:
        """Tag a run of lines; `keep` leaves them alone (a signature that holds history is looked at line by line)."""
        if keep:
            return False
        for index in range(start, stop):
            self.tags[index] = MARK if is_mark(self.lines[index]) else tag
        return True

    def _nothing_after(self, end: int) -> bool:
        return not any(line.strip() and not is_mark(line) for line in self.lines[end + 1 : end + 40])

    def _anything_new_before(self, index: int) -> bool:
        return any(self.tags[i] == NEW and self.lines[i].strip() for i in range(index))

    def _following(self) -> list[int]:
        """For each line the next one, itself included, that is not empty."""
        following = [len(self.lines)] * (len(self.lines) + 1)
        for index in range(len(self.lines) - 1, -1, -1):
            line = self.lines[index]
            following[index] = following[index + 1] if not line or line.isspace() else index
        return following

    def _next(self, index: int) -> int:
        return self.following[index]

    def _quote_follows(self, index: int) -> bool:
        """Whether the next line that is not empty is marked as quoted, by ">" or by the HTML."""
        index = self._next(index)
        if index >= len(self.lines):
            return False
        line = self.lines[index]
        return QUOTED.match(line) is not None or line.strip() in (QUOTE, WEAK)

    def _opener(self, index: int) -> int | None:
        """If history is introduced here: tag it, and give the line to go on with."""
        line = self.lines[index]
        if separators.is_forward(line):
            self.forwarded = True
            after = index + 1
        elif separators.is_original(line) and (self.answers or self._certain_original(index)):
            after = index + 1
        elif (block := self.header_block(index, strict=True)) is not None and self._certain_block(index, block):
            after = block
        else:
            found = self.attribution(index)
            if found is None or not self._certain_attribution(index, found):
                return None
            after = found
        self.reads_quotes = True
        index = self._with_title(self._with_name(index))
        if self._quote_follows(after):
            start = self._next(after)
            self._fill(index, start, OLD)
            self.introduced.update(range(index, start))
            if self.lines[start].strip() in (QUOTE, WEAK):
                stop = self.ends.get(start, len(self.lines) - 1)
                self._remember(start + 1, stop)
                self._fill(start, stop + 1, OLD)
                return stop + 1
            self._remember(start, self._quote_end(start))
            return start
        if self._next(after) >= len(self.lines) and not self.forwarded and separators.is_original(line) is False:
            # "… wrote:" with nothing behind it introduces nothing, but is no word of the person's either.
            self._fill(index, len(self.lines), OLD)
            return len(self.lines)
        self._remember(after, len(self.lines), head=self.lines[index:after])
        self._fill(index, len(self.lines), OLD)
        return len(self.lines)

    def _certain_original(self, index: int) -> bool:
        """Whether a line that sets history apart stands between dashes, or right above a header block or a quote."""
        if separators.is_certain_original(self.lines[index]):
            return True
        return self._quote_follows(index + 1) or self.header_block(self._next(index + 1), strict=True) is not None

    def _certain_block(self, start: int, stop: int) -> bool:
        """Whether a program wrote this block: a poem of "From:" and "To:" has neither address nor a whole date."""
        if self.answers:
            return True
        kinds = {self._kind(at) for at in range(start, stop)} - {""}
        senders = (at for at in range(start, stop) if self._kind(at) == "from")
        addressed = any(attribution.ADDRESS.search(line[:1000]) for at in senders for line in self.lines[at : at + 2])
        dated = any(attribution.is_whole_time(line) for line in self.lines[start:stop])
        if dated and "from" not in kinds:
            return "to" in kinds and any(attribution.ADDRESS.search(line[:1000]) for line in self.lines[start:stop])
        return (addressed and (dated or len(kinds) > 2)) or (dated and bool(kinds & {"subject", "sent"}))

    def _certain_attribution(self, start: int, stop: int) -> bool:
        joined = " ".join(line.strip() for line in self.lines[start:stop])
        return self.answers or attribution.is_certain(joined, before_quote=self._quote_follows(stop))

    def _with_title(self, index: int) -> int:
        """Where history begins that is introduced at `index`: at a line between dashes right before it, if there is."""
        before = index - 1
        if before > 0 and not self.lines[before].strip():
            before -= 1
        here = before >= 0 and self.tags[before] == NEW and separators.is_title(self.lines[before])
        return before if here else index

    def _with_name(self, index: int) -> int:
        """Where an attribution begins whose line broke behind the name: "Ann Lee", then "<ann@…> 于 … 写道："."""
        before = index - 1
        if before < 0 or self.tags[before] != NEW or not attribution.ADDRESS.match(self.lines[index].lstrip(" <")):
            return index
        begins = before == 0 or not self.lines[before - 1].strip() or is_mark(self.lines[before - 1])
        broken = self.lines[index].lstrip().startswith("<") != self.lines[before].rstrip().endswith("<")
        return before if begins and broken and attribution.is_name(self.lines[before]) else index

    def _quote_end(self, start: int) -> int:
        end = start
        while end < len(self.lines) and (QUOTED.match(self.lines[end]) or not self.lines[end].strip()):
            end += 1
        return end

    def attribution(self, index: int) -> int | None:
        """The line behind an attribution of one to four lines that begins here."""
        joined, at, end = "", index, None
        while at < len(self.lines) and at < index + 6:
            line = self.lines[at]
            quoted = QUOTED.match(line) and not attribution.closes_address(joined, line)
            if is_mark(line) or quoted or len(joined) + len(line) > attribution.MAX_LENGTH:
                break
            joined = f"{joined} {line.strip()}" if joined else line.strip()
            at += 1
            quote = self._quote_follows(at)
            if (quote or _DIGIT.search(joined)) and attribution.attributes(joined, before_quote=quote):
                end = at
                break
            if at == index + 1 and not (attribution.opens(line) or attribution.ADDRESS.search(line[:200])):
                return None
            self.tries -= 1
            if at < len(self.lines) and not self.lines[at].strip():
                at = self._next(at)
                if at >= len(self.lines) or not self.lines[at].lstrip().startswith("<"):
                    break  # only an address may stand apart
        later = range(index + 1, end or 0)
        if end is None or any(self._begins(at) and self.attribution(at) == end for at in later):
            return None  # prose before it, which only looked like its beginning
        return end

    def _begins(self, index: int) -> bool:
        """Whether an attribution may begin here; not where an address goes on that was broken behind its "<"."""
        return attribution.opens(self.lines[index]) and not self.lines[index - 1].rstrip().endswith("<")

    def header_block(self, index: int, *, strict: bool) -> int | None:
        """The line behind a block like "From: … Sent: … To: … Subject: …" that begins here."""
        if index >= len(self.lines) or not self._kind(index):
            return None
        self.tries -= 2
        kinds: set[str] = set()
        addressed, odd, last, empty = False, 0, index, 0
        for at in range(index, min(index + 16, len(self.lines))):
            line = self.lines[at]
            if not line.strip():
                empty += 1
                if empty > 1 and (len(kinds) > 2 or empty > 2):
                    break
                continue
            kind = self._kind(at) or (header_names.row_kind(line) if "from" in kinds else "")
            if kind:
                kinds |= {kind, *header_names.more_kinds(line)}
                addressed = addressed or "@" in line
                last, odd, empty = at, 0, 0
            else:
                odd += 1
                addressed = addressed or (at == last + 1 and "@" in line)
                if len(kinds) > 2 and at == last + 1 and _FURTHER.match(line):
                    last = at  # "Reply to: …" in a language that we don't have it of
                if odd > 2 or empty:
                    break
        enough = len(kinds) >= 2 and bool(kinds & {"from", "date", "sent"})
        # "From: Shanghai / To: London / Date: 5 May" is a reader's flight: ask for an address or a subject.
        if not enough or (strict and not addressed and not kinds & {"subject", "sent"}):
            return None
        return last + 1

    def _kind(self, index: int) -> str:
        if index not in self.kinds:
            self.kinds[index] = header_names.header_kind(self.lines[index])
        return self.kinds[index]

    def _remember(self, start: int, stop: int, head: Sequence[str] = ()) -> None:
        """Keep the first history's body, past its header block, for messages that hold nothing else. `head`: the
        lines that introduced it."""
        if self.inner is not None:
            return
        at = start
        while at < stop and (
            not self.lines[at].strip() or is_mark(self.lines[at]) or separators.RULE.match(self.lines[at])
        ):
            at += 1
        if at < stop and separators.is_forward(self.lines[at]):
            self.forwarded = True
            at = self._next(at + 1)
        if at < stop:
            bare = [PREFIX.sub("", line, count=1) for line in self.lines[at : min(at + 16, stop)]]
            inner = LineScan(bare)
            block = inner.header_block(0, strict=False) or (inner.attribution(0) if self.forwarded else 0) or 0
            self.inner_head = bare[:block] or list(head)
            at += block
        self.inner_at = at
        self.inner = [line for line in self.lines[at:stop] if not is_mark(line)]

    def _whole_quote(self) -> None:
        """A text that is all marked as quoted, with no line that introduces it, is not a quotation."""
        if self.inner is None and OLD in self.tags and not self._anything_new_before(len(self.lines)):
            self.inner, self.inner_at = self.lines, 0
