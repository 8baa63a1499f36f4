"""A person's new words, apart from history and signature.

History is known by ">" marks (RFC 3676 4.5), by the lines that introduce it (see `attribution`), or by the marks that
`html` leaves. Answers between and below quotes stay, in order. Nothing is thrown away: what is not new is `quoted` or
`signature`.
"""

from dataclasses import dataclass

from tipline.core.arrival import Address, Line, Part
from tipline.mail import attribution, header_names
from tipline.mail.html import is_mark
from tipline.mail.scan import PREFIX, QUOTED, LineScan
from tipline.mail.signatures import MARK, NEW, OLD, SIGN

PEOPLE = ("from", "to", "cc")
MAX_CONTEXT_LENGTH = 200  # characters of the line that an answer is shown under
MAX_DEPTH = 8  # forwards of forwards
MOST_LINES, LONGEST_LINE = 1500, 2000  # of what answers are looked for in


@dataclass(frozen=True, slots=True)
class Reply:
    """A message text in its three parts. `forwarded`: it holds a message that its sender passed on.

    `in_context`: as `new`, each answer that stands between quotes or below one under the line that it answers ("> …").
    """

    new: str
    quoted: str = ""
    signature: str = ""
    forwarded: bool = False
    in_context: str = ""
    lines: tuple[Line, ...] = ()  # all but signatures, where there is history


@dataclass(frozen=True, slots=True)
class PassedOn:
    """The message that somebody passed on: what it says, and its header block as lines."""

    text: str
    head: tuple[str, ...] = ()
    signature: str = ""


def split(text: str, *, answers: bool = True) -> Reply:
    """Take a text (as decoded, or as `html.marked` gives it) apart. `answers`: as `Scan` has it.

    A forward without words of its own gives the forwarded text as `new`: a reader who passes a letter on tells a story.
    """
    return _split(_lines(text), answers=answers)


def passed_on(text: str, *, answers: bool = True) -> PassedOn:
    """The first message that is quoted or forwarded in a text, without its own history and signature; where that one
    forwards another, the words of all, outermost first. `head`: that of the first one that says anything."""
    scan = LineScan(_lines(text), answers=answers)
    scan.run()
    words: list[str] = []
    signatures: list[str] = []
    head: tuple[str, ...] = ()
    for depth in range(MAX_DEPTH):
        if scan.inner is None or (depth and words and not scan.forwarded):
            break
        above, inner = tuple(scan.inner_head), _unquoted(scan.inner)
        del scan
        scan = LineScan(inner)
        del inner
        scan.run()
        new = _collect(scan, NEW)
        signatures.append(_collect(scan, SIGN))
        if not words:
            head = above
        if new:
            words.append(new)
    return PassedOn("\n\n".join(words), head, "\n".join(filter(None, signatures)))


def without_people(quoted: str, writer: Address | None = None, signature: str = "") -> str:
    """History without the lines that say who wrote it and to whom: a forward's are an identity, and kept apart. So are
    its writer's address, wherever else it stands, their name where a line says that they wrote, and their signature."""
    names = [word for word in (writer.name, writer.address) if word] if writer else []
    signed = {line.strip() for line in signature.split("\n")} - {""}
    kept: list[str] = []
    naming = False
    for line in quoted.split("\n"):
        kind = header_names.header_kind(line)
        # A long list of addresses goes on over several lines.
        naming = kind in PEOPLE if kind else naming and "@" in line
        says = attribution.ADDRESS.search(line[:1000]) and attribution.attributes(line, before_quote=True)
        hers = (writer and writer.address and writer.address in line) or (
            attribution.opens(line) and any(name in line for name in names)
        )
        if not (naming or says or hers or _unquoted([line])[0].strip() in signed):
            kept.append(line)
    return "\n".join(kept).strip("\n")


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if "---" not in text:
        return lines
    return [part for line in lines for part in (header_names.parted(line) if "---" in line[:40] else (line,))]


def _unquoted(lines: list[str]) -> list[str]:
    return [PREFIX.sub("", line, count=1) for line in lines]


def _split(lines: list[str], *, depth: int = 0, answers: bool = True, within_forward: bool = False) -> Reply:
    """`within_forward`: the lines were passed on, so that where they say nothing, what they quote is the story."""
    nested = depth > 0
    scan = LineScan(lines, answers=answers)
    scan.run()
    new = _collect(scan, NEW)
    passed = scan.forwarded or within_forward
    if not new and scan.inner is not None and (not nested or (passed and depth < MAX_DEPTH)):
        head = "\n".join(line for line in lines[: scan.inner_at] if not is_mark(line)).strip()
        signed, told, forwarded = _collect(scan, SIGN), () if nested else _told(scan), scan.forwarded
        within = [_unquoted(scan.inner)]
        del scan, lines  # of a mail of 25 MB, the scans of all its forwards take too much memory at the same time
        inner = _split(within.pop(), depth=depth + 1, within_forward=passed)
        quoted = "\n\n".join(part for part in (head, inner.quoted) if part)
        return Reply(inner.new, quoted, "\n".join(filter(None, (signed, inner.signature))), forwarded, inner.new, told)
    old = _collect(scan, OLD)
    in_context = _in_context(scan, new) if old and new else new
    return Reply(new, old, _collect(scan, SIGN), scan.forwarded, in_context, () if nested else _told(scan))


def _told(scan: LineScan) -> tuple[Line, ...]:
    """Line by line who says it, as far as marks tell."""
    found = []
    for line, tag in zip(scan.lines, scan.tags, strict=True):
        quoted = tag == OLD and QUOTED.match(line) is not None
        if tag in (NEW, OLD) and not is_mark(line):
            part = Part.NEW if tag == NEW else Part.QUOTED if quoted else Part.BELOW
            found.append(Line((_unquoted([line])[0] if quoted else line).strip()[:LONGEST_LINE], part))
    return tuple(found[:MOST_LINES])


def _collect(scan: LineScan, tag: str) -> str:
    out: list[str] = []
    gap = False
    for line, mine in zip(scan.lines, scan.tags, strict=True):
        if mine == tag:
            if gap and not line.strip():
                continue
            if gap and out and out[-1]:
                out.append("")
            gap = False
            out.append(line.rstrip())
        elif mine != MARK:
            gap = True
    start = next((index for index, line in enumerate(out) if line), 0)
    return "\n".join(out[start:]).rstrip()


def _in_context(scan: LineScan, new: str) -> str:
    """The new words, with the last quoted line before each answer. An answer below all quotes gets one only if that
    line asks something: else it is the end of a letter, which explains nothing."""
    out: list[tuple[str, str]] = []  # (line that is answered, or "", and the answer)
    asked = ""
    piece: list[str] = []
    for index, (line, tag) in enumerate(zip(scan.lines, scan.tags, strict=True)):
        if tag == NEW and (piece or line.strip()):
            piece.append(line.rstrip())
        elif tag == OLD and index not in scan.introduced and (words := _unquoted([line])[0].strip()):
            if piece:
                out.append((asked, "\n".join(piece).rstrip()))
                piece = []
            asked = words
    if piece:
        below = not out or not any(answer[0] for answer in out)
        keeps = not below or asked.endswith(("?", "？", "؟"))
        out.append((asked if keeps else "", "\n".join(piece).rstrip()))
    if not any(answered for answered, _ in out):
        return new
    return "\n\n".join(
        f"> {answered[:MAX_CONTEXT_LENGTH]}\n{answer}" if answered else answer for answered, answer in out
    )
