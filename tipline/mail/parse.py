"""From the bytes of a mail to an Arrival: the protocol's half of the way in, without socket or database."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tipline.core.arrival import Address, Arrival, Attachment, Automatic, DeliveryReport, MailHeaders, Source
from tipline.core.text import language
from tipline.mail import author, automatic, embedded, envelope, headers, quotes, report, structure
from tipline.mail.authentication import Authentication, authentication
from tipline.mail.body import MessageBody
from tipline.mail.structure import Limits, Node, Part

LIMITS = Limits()
_FORWARD_SUBJECT = re.compile(
    r"^\s*(?:fwd?|wg|tr|rv|enc|doorst|vs|pd|vb|vl|i|redir\.?|videresend|[iİ]lt|转发|轉寄|转寄)\s*[:：]", re.IGNORECASE
)
# What programs put before the subject that they answer; "R" and "RES" are Italian and Portuguese.
_ANSWER_SUBJECT = re.compile(
    r"^\s*(?:\[[^\[\]]{1,40}\]\s*)?(?:re|aw|sv|antw|vs|odp|ynt|yan|res|r|rif|réf|ref|atb|vá|bls|ats|tb|σχετ|απ|отв|ответ|відп|"
    r"回复|回覆|答复|答覆|回信|返信|회신|답장|השב|תגובה|رد|الرد|رد على|पुन|پاسخ)\s*(?:[\[(]\d+[\])]|[\^*]?\d+)?\s*[:：]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was read of one mail, before it is put into the shape of an Arrival."""

    headers: MailHeaders
    subject: str
    text: str  # the whole text, decoded
    html: str
    reply: quotes.Reply
    story: str  # what there is to be read: the new words, and what was passed on with them
    author: Address | None
    original_author: Address | None  # who wrote what was passed on
    confirmed: bool | None  # whether our own mail server vouches for the author
    automatic: Automatic
    files: tuple[tuple[Part, str], ...]  # part and the name to show
    warnings: tuple[str, ...]
    report: DeliveryReport | None = None  # of a bounce


def arrival(
    raw: bytes, *, received_at: datetime | None = None, limits: Limits = LIMITS, trusted: Collection[str] = ()
) -> Arrival:
    """Read a mail. `received_at` (aware) defaults to its Date, where that is sane, else to now. `trusted`: the ids
    under which our own mail servers say whether a sender is genuine.

    Raises UnreadableMessage beyond `limits`; no other exception, whatever the bytes.
    """
    reading = read(raw, limits, trusted)
    now = datetime.now(UTC)
    if received_at is None:
        sent = reading.headers.date
        received_at = sent if sent is not None and sent < now + timedelta(days=1) else now
    sender, reply = reading.author, reading.reply
    return Arrival(
        source=Source.MAIL,
        text=reading.story,
        received_at=received_at.astimezone(UTC),
        subject=reading.subject,
        quoted=_history(reading),
        signature=reply.signature,
        html=reading.html,
        language=_language(reading),
        attachments=tuple(_attachment(part, name) for part, name in reading.files),
        headers=reading.headers,
        automatic=reading.automatic,
        report=reading.report,
        lines=reply.lines if reading.headers.in_reply_to or reading.headers.references else (),
        forwarded=reply.forwarded,
        original_author=reading.original_author,
        sender_confirmed=reading.confirmed,
        reader_name=sender.name if sender else "",
        reader_email=sender.address if sender else "",
    )


def _language(reading: Reading) -> str:
    """That of the person's own words, without the questions they answer; of a forward, that of what was passed on."""
    return language.guess((reading.story if reading.reply.forwarded else reading.reply.new) or reading.subject)


def _history(reading: Reading) -> str:
    reply = reading.reply
    return (
        quotes.without_people(reply.quoted, reading.original_author, reply.signature)
        if reply.forwarded
        else reply.quoted
    )


def describe(raw: bytes, *, limits: Limits = LIMITS) -> dict[str, object]:
    """What a mail says, as plain values for `tipline inspect --json`. Raises UnreadableMessage like `arrival`."""
    reading = read(raw, limits)
    head, reply = reading.headers, reading.reply
    sender = head.sender or (head.senders[0] if head.senders else None)
    return {
        "from_address": sender.address if sender else "",
        "from_name": sender.name if sender else "",
        "subject": reading.subject,
        "message_id": head.message_id,
        "date": head.date.isoformat() if head.date else "",
        "to": [address.address for address in head.places],
        "author": _plain_address(reading.author),
        "reply_to": [address.address for address in head.reply_to],
        "in_reply_to": list(head.in_reply_to),
        "references": list(head.references),
        "body_text": reading.text,
        "visible_reply": reply.new,
        "quoted": reply.quoted,
        "signature": reply.signature,
        "forwarded": reply.forwarded,
        "original_author": _plain_address(reading.original_author),
        "story": reading.story,
        "language": _language(reading),
        "attachments": [
            {
                "filename": name,
                "size": len(part.content),
                "content_type": part.content_type,
                "inline": part.disposition == "inline",
            }
            for part, name in reading.files
        ],
        "automatic": reading.automatic.value,
        "is_auto_reply": reading.automatic is Automatic.REPLY,
        "is_bounce": reading.automatic is Automatic.BOUNCE,
        "warnings": list(reading.warnings),
    }


def read(raw: bytes, limits: Limits = LIMITS, trusted: Collection[str] = ()) -> Reading:
    """Take a mail apart. Raises UnreadableMessage beyond `limits`."""
    root = structure.tree(raw, limits)
    parts = list(structure.leaves(root))
    body = MessageBody(parts)
    fields = root.fields
    hint = body.charset
    subject = headers.text(headers.first(fields, "subject"), hint)
    head = envelope.read(fields, hint)
    answers = _answers(head, subject)
    reply = quotes.split(body.marked, answers=answers)
    if not reply.forwarded and reply.new and reply.quoted and _FORWARD_SUBJECT.match(subject):
        reply = replace(reply, forwarded=True)
    kind = _automatic(root, parts, fields, subject, body.text, hint)
    story, original_author = reply.in_context, None
    files = list(body.files())
    if kind is not Automatic.BOUNCE:
        files += embedded.files(parts, limits)
        if reply.forwarded:
            inner = quotes.passed_on(body.marked, answers=answers)
            story, original_author, signature = _passed_on(reply, inner, {one.address.lower() for one in head.places})
            reply = replace(reply, signature="\n".join(filter(None, (reply.signature, signature))))
        elif _encloses(reply, subject) and (inside := embedded.story(parts, limits)):
            enclosed, original_author = inside
            story = "\n\n".join(part for part in (reply.new, enclosed.new) if part)
            reply = replace(reply, forwarded=True) if reply.new else enclosed
    warnings = _warnings(root, head, body)
    who = author.author(fields, hint, written=head.senders if "from" in fields else None)
    confirmed = _confirmed(root, who, hint, trusted)
    returned = report.read(parts, body.text, subject) if kind is Automatic.BOUNCE else None
    return Reading(
        head, subject, body.text, body.html, reply, story, who, original_author, confirmed, kind, tuple(files),
        tuple(warnings),
        returned,
    )  # fmt: skip


def _answers(head: MailHeaders, subject: str) -> bool:
    """Whether a mail is known to answer or forward another, so that history is to be expected in it."""
    if head.in_reply_to or head.references:
        return True
    return bool(_ANSWER_SUBJECT.match(subject) or _FORWARD_SUBJECT.match(subject))


def _encloses(reply: quotes.Reply, subject: str) -> bool:
    """Whether an enclosed message is what this one is about: it says nothing itself, or says that it forwards."""
    return not reply.quoted and (not reply.new or _FORWARD_SUBJECT.match(subject) is not None)


def _confirmed(root: Node, who: Address | None, hint: str, trusted: Collection[str]) -> bool | None:
    """What our own servers say of the author. They speak of From alone: of several, or of somebody whom a mailing list
    names beside itself, nobody vouches."""
    known = authentication(root.fields, root.raw[: root.body_at], trusted) if trusted else Authentication()
    said = known.confirms(who.address if who else "")
    if said and author.people(root.fields, "from", hint=hint) != (who,):
        return False
    return said


def _passed_on(reply: quotes.Reply, inner: quotes.PassedOn, ours: set[str]) -> tuple[str, Address | None, str]:
    """The story of a forward: the words before it, then what was passed on; and who is said to have written that, with
    their signature. Who that is belongs behind the identity panel, and is no part of the story.

    A reader who forwards our own letter to us, with words above it, answers it: the letter is history then.
    """
    original_author = author.of_block(inner.head)
    if original_author is not None and original_author.address.lower() in ours:
        return reply.in_context, None, ""
    if not inner.text or reply.new == inner.text:
        return reply.new, original_author, ""
    return "\n\n".join(part for part in (reply.new, inner.text) if part), original_author, inner.signature


def _automatic(root: Node, parts: list[Part], fields: headers.Fields, subject: str, text: str, hint: str) -> Automatic:
    decoded = {
        name: headers.text(values[0][:2000], hint) if automatic.reads(name) else "" for name, values in fields.items()
    }
    decoded["subject"] = subject
    content_type, params = root.kind, root.params
    types = tuple(part.content_type for part in parts)
    status = next((part.content for part in parts if part.content_type == "message/delivery-status"), b"")
    whole = text + "\n" + status[:20_000].decode("latin-1") if status else text
    method = next((part.params.get("method", "") for part in parts if part.content_type == "text/calendar"), "")
    report = params.get("report-type", "").lower()
    return automatic.classify(decoded, content_type, report, types, whole, method.lower())


def _plain_address(address: Address | None) -> dict[str, str]:
    return {"address": address.address, "name": address.name} if address else {}


def _attachment(part: Part, name: str) -> Attachment:
    return Attachment(
        name=name,
        content=part.content,
        declared_type=part.content_type,
        inline=part.disposition == "inline" or (part.related and bool(part.content_id)),
        content_id=part.content_id,
    )


def _warnings(root: Node, head: MailHeaders, body: MessageBody) -> list[str]:
    """What was odd, in words of a closed vocabulary, for `inspect` and the desk's mail page."""
    found = sorted({defect for node in root.walk() for defect in node.defects})
    if len(head.senders) > 1:
        found.append("SeveralSenders")
    if not head.senders:
        found.append("NoSender")
    if not head.message_id:
        found.append("NoMessageId")
    if head.date is None:
        found.append("NoDate")
    if "\ufffd" in body.text:
        found.append("UndecodableCharacters")
    if body.cut_short:
        found.append("TextCutShort")
    return found
