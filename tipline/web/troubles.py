"""What went wrong with mail, in words: what happened, and what a person can do about it."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from tipline.models import LedgerState, Outgoing, SendState

Words = tuple[LazyString, LazyString]

ASK_ADMIN = _l("Ask whoever runs tipline to look at [smtp] in config.toml; `tipline doctor` says what is wrong.")
REPLY: Mapping[str, Words] = {
    "connect": (_l("The mail server can't be reached."), ASK_ADMIN),
    "tls": (_l("The mail server's certificate can't be trusted."), ASK_ADMIN),
    "login": (_l("The mail server refused our password."), ASK_ADMIN),
    "sender_refused": (_l("The mail server does not let us write from this address."), ASK_ADMIN),
    "recipient_refused": (
        _l("The reader's address was refused."),
        _l("It may be mistyped or gone. Open the identity for another way to reach them."),
    ),
    "content_refused": (
        _l("The mail server refused this text."),
        _l("Say it in other words, without links, and send that."),
    ),
    "temporary": (_l("The mail server did not take it for a day."), _l("Send it again later.")),
    "not_allowed": (
        _l("Its author may no longer write to this reader."),
        _l("Somebody who works on this tip can write it anew."),
    ),
}
UNKNOWN: Words = (
    _l("The line broke while it was handed over: it may have arrived or not."),
    _l("Look into the Sent folder, or send it again: the reader's mail program knows the two are one."),
)
BOUNCED: Words = (_l("It came back."), _l("The address does not exist any more, or its mailbox is full."))
ELSE: Words = (_l("It could not be sent."), ASK_ADMIN)

SET_ASIDE: Mapping[str, Words] = {
    "too_large": (_l("larger than what is fetched"), _l("It lies on the server. Raise limits.message_mb to fetch it.")),
    "too_deep": (_l("too many parts inside each other"), _l("Download it and look; such mail is mostly an attack.")),
    "too_many_parts": (_l("too many parts"), _l("Download it and look; such mail is mostly an attack.")),
    "malformed": (_l("not readable as a mail"), _l("Download it, or read it again after an update.")),
    "too_slow": (_l("reading it took too long"), _l("Download it, or read it again after an update.")),
    "crashed": (
        _l("reading it failed"),
        _l("Download it, and tell the makers of tipline; read it again after an update."),
    ),
    "size_differs": (_l("the server announced another size"), _l("Read it again.")),
}
STATES: Mapping[LedgerState, Words] = {
    LedgerState.OVERSIZE: SET_ASIDE["too_large"],
    LedgerState.FAILED: (_l("could not be fetched"), _l("It is tried again at each comparison.")),
    LedgerState.GONE: (
        _l("gone before it could be read"),
        _l("Somebody moved or deleted it; look into Trash."),
    ),
    LedgerState.QUARANTINED: SET_ASIDE["malformed"],
}
MAILBOX: Mapping[str, Words] = {
    "connect": (_l("The server can't be reached."), _l("Check host and port, and whether it is up.")),
    "tls": (_l("The server's certificate can't be trusted."), _l("Check host and ca_file in config.toml.")),
    "login": (_l("The server refused the password."), _l("Renew it in config.toml. It is tried once an hour.")),
    "folder": (_l("A folder is missing."), _l("Check `folders` in config.toml; tipline never makes any.")),
    "protocol": (_l("The server answers what nobody understands."), _l("It is tried again by itself.")),
    "timeout": (_l("The server does not answer in time."), _l("It is tried again by itself.")),
    "closed": (_l("The server closed the line."), _l("It is tried again by itself.")),
    "internal": (_l("tipline itself failed."), _l("It is tried again by itself; its log says where it broke.")),
}


def of_reply(out: Outgoing) -> Words:
    """What became of a reply that did not arrive, or has not yet."""
    if out.state is SendState.UNKNOWN:
        return UNKNOWN
    if out.state is SendState.BOUNCED:
        return BOUNCED
    return REPLY.get(out.reason, ELSE)


def of_mail(state: LedgerState, reason: str) -> Words:
    """Why a mail became no tip."""
    return SET_ASIDE.get(reason) or STATES.get(state, STATES[LedgerState.QUARANTINED])


def of_mailbox(error: str) -> Words:
    return MAILBOX.get(error, MAILBOX["internal"])
