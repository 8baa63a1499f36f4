"""Who a mail says it is from, to whom and when: its headers alone, without what reads a body."""

from tipline.core.arrival import Address, MailHeaders
from tipline.mail import author, automatic, headers
from tipline.mail.addresses import addresses

# What servers add at delivery. Delivered-To is last: where an address is another's alias, it names that one.
_STAMPS = ("x-original-to", "envelope-to", "x-envelope-to", "delivered-to")


def read(fields: headers.Fields, hint: str = "") -> MailHeaders:
    """The header fields that threading, replying and the identity panel need (RFC 5322 3.6)."""

    def people(*names: str) -> tuple[Address, ...]:
        return author.people(fields, *names, hint=hint)

    senders = people("from") or people("sender") or people("resent-from")
    path = addresses(headers.first(fields, "return-path"))
    return MailHeaders(
        message_id=headers.message_id(headers.first(fields, "message-id")),
        in_reply_to=headers.ids(headers.first(fields, "in-reply-to")),
        references=headers.ids(headers.first(fields, "references")),
        sender=senders[0] if len(senders) == 1 else None,
        senders=senders,
        reply_to=people("reply-to"),
        to=people("to", "cc"),
        delivered_to=people(*_STAMPS),
        date=headers.date(headers.first(fields, "date")),
        return_path=path[0].address if path else "",
        received=headers.date(headers.first(fields, "received").rpartition(b";")[2]),
        no_answer=automatic.asks_for_silence(fields),
    )
