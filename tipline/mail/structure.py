"""The leaves of a message: what each is called, how it is meant to be shown, and its bytes (RFC 2045, 2046, 2183)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tipline.mail import headers, transfer
from tipline.mail.mime import Limits, Node, tree

__all__ = ["Limits", "Node", "Part", "leaves", "tree"]


@dataclass(slots=True)
class Part:
    """A leaf of the tree."""

    content_type: str
    params: dict[str, str]
    disposition: str
    filename: str
    content: bytes = field(repr=False)
    content_id: str = ""
    fields: dict[str, list[bytes]] = field(default_factory=dict, repr=False)
    related: bool = False  # inside multipart/related, so shown within the HTML
    alternative: int = 0  # which multipart/alternative it stands in; 0 for none

    @property
    def charset(self) -> str:
        return self.params.get("charset", "")

    @property
    def is_text(self) -> bool:
        """Whether it is something to read in the message itself, not a file."""
        return self.content_type in ("text/plain", "text/html", "text/enriched", "text/richtext") and (
            self.disposition != "attachment" and not self.filename
        )


def leaves(root: Node) -> Iterator[Part]:
    """All leaves in order. A multipart in which no delimiter was found is a text."""
    hint = next((node.params["charset"] for node in root.walk() if node.params.get("charset")), "")
    yield from _leaves(root, hint, related=False, alternative=0)


def _leaves(node: Node, hint: str, *, related: bool, alternative: int) -> Iterator[Part]:
    if not node.children:
        kind, params = ("text/plain", {}) if node.is_multipart else (node.kind, node.params)
        yield _part(node, kind, params, hint, related=related, alternative=alternative)
        return
    if node.kind == "multipart/alternative":
        alternative = id(node)
    related = related or node.kind == "multipart/related"
    for child in node.children:
        yield from _leaves(child, hint, related=related, alternative=alternative)


def _part(node: Node, kind: str, params: dict[str, str], hint: str, *, related: bool, alternative: int) -> Part:
    fields = node.fields
    hint = params.get("charset") or hint
    disposition, extra = "", dict[str, str]()
    if raw := headers.first(fields, "content-disposition"):
        disposition, extra = headers.parameters(raw, hint)
        if disposition not in ("inline", "attachment"):
            disposition = "attachment" if disposition else ""
    if not params.get("name", "").isascii() or b"name" in headers.first(fields, "content-type"):
        params = {**params, **headers.parameters(headers.first(fields, "content-type"), hint)[1]}
    name = (
        extra.get("filename")
        or extra.get("name")
        or params.get("name")
        or params.get("filename")
        or params.get("file", "")
    )
    if not name and (described := headers.first(fields, "content-description")) and disposition == "attachment":
        described_name = headers.text(described, hint)
        name = described_name if re.search(r"\.\w{2,5}$", described_name) else ""
    encoding = headers.first(fields, "content-transfer-encoding").decode("latin-1").strip().strip("\"';").lower()
    ids = headers.ids(headers.first(fields, "content-id"))
    return Part(
        kind,
        params,
        disposition,
        name,
        transfer.undo(node.body, encoding),
        ids[0] if ids else "",
        fields,
        related,
        alternative,
    )
