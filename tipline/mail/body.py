"""Which parts of a message are its text and which are files (RFC 2046 5.1, RFC 2183, RFC 3676)."""

import re
from functools import cached_property

from tipline.mail import charsets, file_names, html, transfer
from tipline.mail.structure import Part

# What is read of all text parts together: far more than the desk keeps of a story (the raw message keeps all).
MAX_TEXT, MAX_HTML, MAX_LINES = 3 * 1024 * 1024, 1_000_000, 200_000
MAX_ASIDE = 50  # HTML parts beside the text that are looked at
_ARMOUR = "-----BEGIN PGP SIGNED MESSAGE-----\n"
_DASHED = re.compile(r"^- ", re.MULTILINE)
_PLAIN = ("text/plain", "text/enriched", "text/richtext")
_DATA = re.compile(rb"data:[^\"'<>\s]{200,}")  # pictures inside HTML, which say nothing
_ENTITY = re.compile(r"&(nbsp|lt|gt|amp|quot);")
_SPELLED = {"nbsp": " ", "lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_LEAKED = re.compile(r"^-{6,40}&nbsp;[^\n&]{2,20}&nbsp;-{6,40}\s*$", re.MULTILINE)  # QQ Mail, above the history
_MARKUP = re.compile(r"<(/?)([\w-]{1,30})[^<>]{0,200}>")


class MessageBody:
    """The text of a message from all its leaves, and what is left as files."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self.plain: list[Part] = []
        self.rich: list[Part] = []
        self.attached: list[Part] = []
        self.inline_files: list[tuple[str, bytes]] = []
        self.cut_short = False
        self.left = {"text": MAX_TEXT, "html": MAX_HTML}
        self.lines_left = MAX_LINES
        for part in parts:
            if not part.is_text:
                self.attached.append(part)
            elif part.content_type == "text/html":
                self.rich.append(part)
            elif not self._said_already(part):
                self.plain.append(part)
        if not self.plain and not self.rich:
            self._named_text()

    def _said_already(self, part: Part) -> bool:
        """Whether this is another form of a text that was taken: multipart/alternative gives each text once."""
        same = (other for other in self.plain if other.alternative == part.alternative)
        return part.alternative != 0 and any(other.content.strip() for other in same)

    def _named_text(self) -> None:
        """Some programs name the text itself: the first unattached text part is it then."""
        for part in self.attached:
            if part.content_type in (*_PLAIN, "text/html") and part.disposition != "attachment":
                (self.rich if part.content_type == "text/html" else self.plain).append(part)
                return

    @property
    def charset(self) -> str:
        """What raw 8-bit headers are most likely written in."""
        return next((part.charset for part in (*self.plain, *self.rich) if part.charset), "")

    @cached_property
    def texts(self) -> list[str]:
        """The text parts that hold anything, decoded."""
        return [text for text in (self._plain(part) for part in self.plain) if text.strip()]

    @cached_property
    def plain_text(self) -> str:
        return "\n".join(self.texts)

    @cached_property
    def text(self) -> str:
        """What the message says as a whole: its text parts, set apart by a line, or the text of its HTML."""
        if self.from_html:
            return html.plain(self.marked)
        return "\n--\n".join(self.texts).strip("\n")

    def _plain(self, part: Part) -> str:
        data = part.content
        files, data = transfer.uuencoded(data)
        self.inline_files += files
        text = (
            charsets.decode(self._readable(data, "text"), part.charset)
            .replace("\r\n", "\n")
            .replace("\r", "\n")
            .replace("\x00", "")
        )
        if part.params.get("format", "").lower() == "flowed":
            text = unflow(text, delsp=part.params.get("delsp", "").lower() == "yes")
        if part.content_type != "text/plain":
            text = _MARKUP.sub("", text)
        return _unarmoured(text)

    @cached_property
    def html(self) -> str:
        """The HTML as sent, decoded."""
        return "\n".join(self.rich_texts)

    @cached_property
    def rich_texts(self) -> list[str]:
        """The HTML parts as sent, decoded."""
        return [self._rich(part) for part in self.rich]

    def _rich(self, part: Part) -> str:
        data = part.content
        if len(data) > MAX_HTML and b"data:" in data:
            data = _DATA.sub(b"data:", data)
        return charsets.decode(self._readable(data, "html"), part.charset or html.charset(data))

    def _readable(self, data: bytes, kind: str) -> bytes:
        """As much of a part as is left to be read; a thousand parts may hold no more than one."""
        shorter = data[: self.left[kind]]
        lines = shorter.count(b"\n") + shorter.count(b"\r")
        if lines > self.lines_left:
            shorter = b"\n".join(shorter.replace(b"\r", b"\n").split(b"\n", self.lines_left)[:-1])
        self.left[kind] -= len(shorter)
        self.lines_left = max(0, self.lines_left - lines)
        self.cut_short = self.cut_short or len(shorter) < len(data)
        return shorter

    @cached_property
    def from_html(self) -> bool:
        """Whether the text has to be taken from the HTML."""
        return bool(self.rich) and not self.plain_text.strip()

    @cached_property
    def marked(self) -> str:
        """The text of the message, with the marks of `html` where it comes from there."""
        if self.from_html:
            return html.marked(self.html)
        text = self.plain_text
        if "&nbsp;" in text and self._leaks(text):
            text = _ENTITY.sub(lambda match: _SPELLED[match[1]], text)
        return self._with_aside(text) if self.rich and not self.plain[0].alternative else text

    def _leaks(self, text: str) -> bool:
        """Whether the text was made from HTML and kept its entities, as QQ Mail does: then nobody meant them. Who
        writes of HTML has "&amp;nbsp;" in the HTML beside it."""
        beside = bool(self.rich) and self.plain[0].alternative != 0
        return (beside and "&nbsp;" in self.html and "&amp;nbsp;" not in self.html) or bool(_LEAKED.search(text))

    def _with_aside(self, text: str) -> str:
        """The text with the HTML that stands beside it, not in its place: a program that changes format halfway."""
        said = _squeezed(text)
        first = self.parts.index(self.plain[0])
        beside = [pair for pair in zip(self.rich, self.rich_texts, strict=True) if not pair[0].alternative]
        self.cut_short = self.cut_short or len(beside) > MAX_ASIDE
        for part, markup in beside[:MAX_ASIDE]:
            more = html.plain(html.marked(markup))
            if more.strip() and _squeezed(more)[:60] not in said:
                text = f"{text}\n{more}" if self.parts.index(part) > first else f"{more}\n{text}"
                said += _squeezed(more)
        return text

    def files(self) -> tuple[tuple[Part, str], ...]:
        """Attachments with the names to show; parts without a name get one of ours."""
        found: list[tuple[Part, str]] = []
        self.plain_text  # noqa: B018  (finds the uuencoded files)
        for part in self.attached:
            name = file_names.display_name(part.filename) or file_names.generated_name(
                part.content_type, len(found) + 1
            )
            found.append((part, name))
        for name, content in self.inline_files:
            shown = file_names.display_name(name) or file_names.generated_name(
                "application/octet-stream", len(found) + 1
            )
            found.append((Part("application/octet-stream", {}, "attachment", name, content), shown))
        return tuple(found)


def _unarmoured(text: str) -> str:
    """A text that is signed by PGP in place (RFC 4880 7): its words, and the signature behind the usual delimiter."""
    begins = text.find(_ARMOUR)
    signature = text.find("\n-----BEGIN PGP SIGNATURE-----", begins)
    end = text.find("-----END PGP SIGNATURE-----", signature)
    head = text.find("\n\n", begins)
    if begins < 0 or not begins < head < signature < end:
        return text
    stop = end + len("-----END PGP SIGNATURE-----")
    words = _DASHED.sub("", text[head + 2 : signature])
    return f"{text[:begins]}{words}{text[stop:].rstrip()}\n-- {text[signature:stop]}\n"


def _squeezed(text: str) -> str:
    return "".join(text.split())


def unflow(text: str, *, delsp: bool) -> str:
    """RFC 3676: lines that end in a space go on in the next, within one depth of quoting; space-stuffing is undone."""
    out: list[str] = []
    pieces: list[str] = []
    depth_before = -1
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        if bare.startswith(" "):
            bare = bare[1:]
        if pieces and (depth != depth_before or bare == "-- "):
            out.append("".join(pieces))
            pieces = []
        if not pieces and depth:
            pieces.append(">" * depth + " ")
        flows = bare.endswith(" ") and bare != "-- "
        pieces.append(bare[:-1] if flows and delsp else bare)
        depth_before = depth
        if not flows:
            out.append("".join(pieces))
            pieces = []
    return "\n".join([*out, "".join(pieces)] if pieces else out)
