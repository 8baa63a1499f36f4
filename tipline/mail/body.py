"""Which parts of a message are its text and which are files (RFC 2046 5.1, RFC 2183, RFC 3676)."""

import re
from functools import cached_property

from tipline.mail import charsets, html, names, transfer
from tipline.mail.structure import Part

# What is read of one text part: far more than the desk keeps of a story (the raw message keeps all).
MAX_TEXT, MAX_HTML, MAX_LINES = 3 * 1024 * 1024, 2 * 1024 * 1024, 200_000
_PLAIN = ("text/plain", "text/enriched", "text/richtext")
_SIGNED = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
_MARKUP = re.compile(r"<(/?)([\w-]{1,30})[^<>]{0,200}>")


class Body:
    """The text of a message from all its leaves, and what is left as files."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self.plain: list[Part] = []
        self.rich: list[Part] = []
        self.attached: list[Part] = []
        self.inline_files: list[tuple[str, bytes]] = []
        self.cut_short = False
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
            charsets.decode(self._readable(data, MAX_TEXT), part.charset)
            .replace("\r\n", "\n")
            .replace("\r", "\n")
            .replace("\x00", "")
        )
        if part.params.get("format", "").lower() == "flowed":
            text = unflow(text, delsp=part.params.get("delsp", "").lower() == "yes")
        if part.content_type != "text/plain":
            text = _MARKUP.sub("", text)
        return text

    @cached_property
    def html(self) -> str:
        """The HTML as sent, decoded."""
        return "\n".join(self._rich(part) for part in self.rich)

    def _rich(self, part: Part) -> str:
        return charsets.decode(self._readable(part.content, MAX_HTML), part.charset or html.charset(part.content))

    def _readable(self, data: bytes, limit: int) -> bytes:
        if len(data) <= MAX_LINES:
            return data
        shorter = data[:limit]
        if shorter.count(b"\n") + shorter.count(b"\r") > MAX_LINES:
            shorter = b"\n".join(shorter.replace(b"\r", b"\n").split(b"\n", MAX_LINES)[:-1])
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
        for part in self.rich:
            # HTML that stands beside the text, not in its place: a program that changes format halfway.
            if not part.alternative and self.plain[0].alternative == 0:
                more = html.plain(html.marked(self._rich(part)))
                if more.strip() and _squeezed(more)[:60] not in _squeezed(text):
                    text = (
                        f"{text}\n{more}"
                        if self.parts.index(part) > self.parts.index(self.plain[0])
                        else f"{more}\n{text}"
                    )
        return text

    def files(self) -> tuple[tuple[Part, str], ...]:
        """Attachments with the names to show; parts without a name get one of ours."""
        found: list[tuple[Part, str]] = []
        self.plain_text  # noqa: B018  (finds the uuencoded files)
        for part in self.attached:
            name = names.display_name(part.filename) or names.generated_name(part.content_type, len(found) + 1)
            found.append((part, name))
        for name, content in self.inline_files:
            shown = names.display_name(name) or names.generated_name("application/octet-stream", len(found) + 1)
            found.append((Part("application/octet-stream", {}, "attachment", name, content), shown))
        return tuple(found)


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
