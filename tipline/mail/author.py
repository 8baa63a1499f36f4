"""Who wrote a message. RFC 5322 3.6.2 knows authors, a sender and where to reply; mailing lists rewrite them all."""

import re

from tipline.core.arrival import Address
from tipline.mail import attribution, header_names, headers
from tipline.mail.addresses import addresses

_LIST = ("list-id", "list-post", "x-google-group-id", "mailing-list", "x-mailman-version", "x-original-from")
_VIA = re.compile(r"[\"'‘“]?(.{1,100}?)[\"'’”]?\s+(?:via|über|通过|通過|経由)\s+\S.{0,100}$", re.IGNORECASE)
_MAILTO = re.compile(r"[\[<]mailto:([^\s\]>]{3,250})[\]>]", re.IGNORECASE)
_VALUE = re.compile(r"\s*\|[^|]{1,40}\|([^|]*)|(?:[^:：]{1,40}[:：]|\s*发件人)\s*(.*)", re.DOTALL)


def people(fields: headers.Fields, *names: str, hint: str = "") -> tuple[Address, ...]:
    """All mailboxes of these fields, each once, in order."""
    found = (address for name in names for raw in fields.get(name, ()) for address in addresses(raw, hint))
    return tuple(dict.fromkeys(found))


def author(fields: headers.Fields, hint: str = "", *, written: tuple[Address, ...] | None = None) -> Address | None:
    """The one person to be taken for the writer.

    From; of several the one that Sender names, else the first. Where a list put itself in From ("Mei via Tips"), the
    address that it says it replaced. Where there is no From: Sender, Reply-To, Resent-From. `written`: From, if it
    has been read before.
    """
    written = people(fields, "from", hint=hint) if written is None else written
    if not written:
        others = (people(fields, name, hint=hint) for name in ("sender", "reply-to", "resent-from"))
        return next((found[0] for found in others if found), None)
    if len(written) > 1:
        sender = people(fields, "sender", hint=hint)
        return next((one for one in written if sender and one.address.lower() == sender[0].address.lower()), written[0])
    return _before_list(written[0], fields, hint) if any(name in fields for name in _LIST) else written[0]


def _before_list(shown: Address, fields: headers.Fields, hint: str) -> Address:
    via = _VIA.match(shown.name)
    if via is None:
        return shown
    for name in ("x-original-from", "x-original-sender", "reply-to"):
        found = [one for one in people(fields, name, hint=hint) if one.address.lower() != shown.address.lower()]
        if len(found) == 1 and "@" in found[0].address:
            return Address(found[0].address, found[0].name or via[1])
    return shown


def of_block(lines: tuple[str, ...]) -> Address | None:
    """The sender that a quoted header block names ("From: Ann <ann@example.org>", in any language), or the line that
    stands in its place ("04.05.2020, 09:00, Ann <ann@example.org>:")."""
    for index, line in enumerate(lines):
        if header_names.header_kind(line) == "from":
            match = _VALUE.match(line[:1000])
            value = (match[1] or match[2] or "").strip(" *\t;|") if match else ""
            if not value and index + 1 < len(lines) and "@" in lines[index + 1]:
                value = lines[index + 1].strip(" *\t;|")
            return _spelled(value)
    joined = " ".join(lines)[:1000]
    match = attribution.ADDRESS.search(joined)
    return Address(match[0].strip("<>,;:\"'")) if match and len(lines) <= 4 else None


def _spelled(value: str) -> Address | None:
    value = _MAILTO.sub(r"<\1>", value).replace("<<", "<").replace(">>", ">")
    found = addresses(value.encode("utf-8", "replace"))
    if not found:
        return None
    name = "" if found[0].name.strip("<>").lower() == found[0].address.lower() else found[0].name
    return Address(found[0].address, name)
