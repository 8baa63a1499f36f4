"""The tree of a message, cut at its delimiter lines (RFC 2046 5.1): one pass over the bytes, no copies, no recursion.

Embedded messages are not entered: they stay whole, as the bytes that were sent.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tipline.errors import UnreadableMessage
from tipline.mail import headers


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a message is not parsed but set aside: it would cost more than a person's mail ever does."""

    size: int = 25 * 1024 * 1024  # bytes
    depth: int = 20
    parts: int = 1000
    lines: int = 1_500_000


@dataclass(slots=True, eq=False)
class Node:
    """One entity: a leaf, or a multipart with its children."""

    raw: bytes = field(repr=False)  # the whole message
    body_at: int
    end: int
    fields: dict[str, list[bytes]] = field(repr=False)
    kind: str
    params: dict[str, str]
    depth: int = 0
    children: list["Node"] = field(default_factory=list)
    defects: set[str] = field(default_factory=set)
    closed: bool = False  # its closing delimiter was seen

    @property
    def is_multipart(self) -> bool:
        return self.kind.startswith("multipart/")

    @property
    def boundary(self) -> bytes:
        value = self.params.get("boundary", "") if self.is_multipart else ""
        return value.rstrip().encode("latin-1", "ignore")

    @property
    def body(self) -> bytes:
        """The content as it was sent, transfer encoding and all."""
        return self.raw[self.body_at : self.end]

    def walk(self) -> Iterator["Node"]:
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


def tree(raw: bytes, limits: Limits) -> Node:
    """The message taken apart. Raises UnreadableMessage beyond the limits, and nothing else."""
    if len(raw) > limits.size:
        raise UnreadableMessage("too_large")
    raw = raw.lstrip(b"\r\n \t\x00").removeprefix(b"\xef\xbb\xbf") if raw[:1] in b"\r\n \t\x00\xef" else raw
    if raw.startswith(b">From "):
        raw = raw[1:]
    if raw.count(b"\n") + raw.count(b"\r") > 2 * limits.lines:
        raise UnreadableMessage("malformed")
    if b"\r" in raw and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    raw = _tidy_head(raw)
    at = raw.find(b"\n") + 1 or len(raw) if raw.startswith(b"From ") else 0
    cutter = _Cutter(raw, limits)
    root = cutter.node(at, 0, "text/plain")
    cutter.cut(root)
    return root


_DELIMITER = re.compile(rb"^--([^\n]*)", re.MULTILINE)
_LOST = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?=content-)", re.MULTILINE | re.IGNORECASE)


class _Cutter:
    """What one parse has used up of its limits, and the multiparts that are open while it reads."""

    def __init__(self, raw: bytes, limits: Limits) -> None:
        self.raw = raw
        self.limits = limits
        self.parts = 0

    def node(self, at: int, depth: int, default: str) -> Node:
        """The entity whose header begins at `at`, as far as the end of all."""
        self.parts += 1
        if self.parts > self.limits.parts:
            raise UnreadableMessage("too_many_parts")
        if depth > self.limits.depth:
            raise UnreadableMessage("too_deep")
        fields, body_at, whole = headers.block(self.raw, at)
        value, params = headers.parameters(headers.first(fields, "content-type"))
        if value.count("/") != 1 or not all(value.split("/")):
            value = {"text": "text/plain", "html": "text/html"}.get(value, default)
        made = Node(self.raw, body_at, len(self.raw), fields, value, params, depth)
        if not whole and depth == 0:
            made.defects.add("MissingHeaderBodySeparator")
        return made

    def cut(self, root: Node) -> None:
        if root.boundary:
            self._cut(root, root.boundary)
        for node in list(root.walk()):
            if node.is_multipart and not node.children:
                self._mend(node)
            if node.children and not node.closed:
                node.defects.add("CloseBoundaryNotFound")

    def _cut(self, root: Node, boundary: bytes) -> None:
        path, names = [root], [boundary]
        marks = _marks(names)
        for match in _DELIMITER.finditer(self.raw, root.body_at, root.end):
            found = marks.get(match[1].rstrip())
            if found is None:
                continue
            level, closing = found
            stop = match.start() - (2 if self.raw[match.start() - 2 : match.start()] == b"\r\n" else 1)
            for node in path[level + 1 :]:
                node.end = max(node.body_at, stop)
            parent = path[level]
            del path[level + 1 :], names[level + 1 :]
            if closing:
                parent.closed, names[level] = True, b""
            else:
                default = "message/rfc822" if parent.kind == "multipart/digest" else "text/plain"
                child = self.node(min(match.end() + 1, root.end), parent.depth + 1, default)
                child.end = root.end
                parent.children.append(child)
                path.append(child)
                names.append(child.boundary)
            marks = _marks(names)
            if not marks:
                return

    def _mend(self, node: Node) -> None:
        """A multipart whose boundary was lost or altered is read by the first delimiter line in its body."""
        match = _LOST.search(self.raw, node.body_at, node.end)
        if match:
            node.defects.add("StartBoundaryNotFound")
            self._cut(node, match[1])


def _marks(names: list[bytes]) -> dict[bytes, tuple[int, bool]]:
    """Delimiters now expected: (level, whether it closes). What lies further in goes first; a delimiter that opens a
    part goes before one that closes another, where boundaries are each other's beginnings."""
    marks: dict[bytes, tuple[int, bool]] = {}
    for closing in (True, False):
        for level, name in enumerate(names):
            if name:
                marks[name + b"--" if closing else name] = (level, closing)
    return marks


_MAX_HEAD = 1_000_000
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_GOOD_HEAD = re.compile(rb"(?:From [^\r\n]*\r?\n)?(?:(?:[!-9;-~]+:|[ \t])[^\r\n]*(?:\r?\n|$))*+")
_FIELD = re.compile(rb"[!-9;-~]+:|[ \t]|From ")
_LOOSE_FIELD = re.compile(rb"([!-9;-~]{2,40})[ \t]+:")
_KNOWN = re.compile(
    rb"(?:from|to|cc|subject|date|message-id|mime-version|content-type|content-transfer-encoding|received|return-path"
    rb"|reply-to)[ \t]*:",
    re.IGNORECASE,
)


def _tidy_head(raw: bytes) -> bytes:
    """Lines among the header fields that are none are left out, else all behind them would be taken for the body.

    Where no known field follows, the body began without an empty line before it, and nothing is changed.
    """
    end = _HEAD_END.search(raw)
    stop = end.start() if end else len(raw)
    good = _GOOD_HEAD.match(raw, 0, stop)
    if good is None or good.end() == stop or stop > _MAX_HEAD:
        return raw
    lines = raw[:stop].splitlines(keepends=True)
    last = max((index for index, line in enumerate(lines) if _KNOWN.match(line)), default=-1)
    kept = (
        _LOOSE_FIELD.sub(rb"\1:", line, count=1) if _LOOSE_FIELD.match(line) else line
        for index, line in enumerate(lines)
        if index > last or _FIELD.match(line) or _LOOSE_FIELD.match(line)
    )
    return b"".join(kept) + raw[stop:]
