"""Messages inside a message (message/rfc822): what a reader passed on as a file."""

from collections.abc import Iterator
from itertools import islice

from tipline.core.arrival import Address
from tipline.errors import UnreadableMessage
from tipline.mail import quotes, structure
from tipline.mail.author import author
from tipline.mail.body import MessageBody
from tipline.mail.structure import Limits, Node, Part

MAX_DEPTH = 3  # messages in messages in messages: more is no person's mail
MAX_MESSAGES = 20  # looked into, of one message
MAX_FILES = 200

File = tuple[Part, str]


def story(parts: list[Part], limits: Limits, depth: int = 1) -> tuple[quotes.Reply, Address | None] | None:
    """What the first embedded message says and who wrote it, for a mail that has no word of its own. What that one
    passes on in its turn, in its text or as a message that it encloses, belongs to the story."""
    for root, body in _opened(parts, limits):
        inner = quotes.split(body.marked)
        passed = quotes.passed_on(body.marked).text if inner.forwarded else ""
        deeper = story(body.parts, limits, depth + 1) if depth < MAX_DEPTH and not inner.quoted else None
        if inner.new:
            words = [inner.new, passed if passed != inner.new else "", deeper[0].new if deeper else ""]
            told = "\n\n".join(filter(None, words))
            reply = quotes.Reply(told, inner.quoted, inner.signature, True, told)
            return reply, author(root.fields, body.charset)
        if deeper:
            return deeper
    return None


def files(parts: list[Part], limits: Limits, depth: int = 1) -> list[File]:
    """The named files of embedded messages: a photo in a forwarded mail is one of the reader's photos."""
    found: list[File] = []
    for _, body in _opened(parts, limits):
        found += [(part, name) for part, name in body.files() if part.filename]
        if depth < MAX_DEPTH:
            found += files(body.parts, limits, depth + 1)
        if len(found) >= MAX_FILES:
            break
    return found[:MAX_FILES]


def _opened(parts: list[Part], limits: Limits) -> Iterator[tuple[Node, MessageBody]]:
    messages = (part for part in parts if part.content_type in ("message/rfc822", "message/global"))
    for part in islice(messages, MAX_MESSAGES):
        if part.content.strip():
            try:
                root = structure.tree(part.content, limits)
                yield root, MessageBody(list(structure.leaves(root)))
            except UnreadableMessage:
                continue  # it stays a file, whatever it is
