"""What went wrong with mail, in words: what happened, and what a person can do about it."""

from collections.abc import Mapping

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tipline.core.mailboxes import alarms
from tipline.core.mailboxes.alarms import Alarm
from tipline.core.outbox import GIVEN_UP
from tipline.core.outbox.sending import DAMAGED, TO_ALL, TO_ONE
from tipline.errors import MailboxUnreachable
from tipline.models import LedgerState, MailKind, Outgoing, SendState
from tipline.models.outbox import BARRED, HELD, SCHEDULED
from tipline.web.desk import send_times
from tipline.web.labels import SEND_STATE
from tipline.web.place import settings

Words = tuple[LazyString, LazyString]

ASK_ADMIN = _l("Ask whoever runs tipline to look at [smtp] in config.toml; `tipline doctor` says what is wrong.")
NOT_ALLOWED: Words = (
    _l("Its author may no longer write to this reader."),
    _l("Somebody who works on this tip can write it anew."),
)
REPLY: Mapping[str, Words] = {
    "connect": (_l("The mail server can't be reached."), ASK_ADMIN),
    "tls": (_l("The mail server's certificate can't be trusted."), ASK_ADMIN),
    "login": (_l("The mail server refused our password."), ASK_ADMIN),
    "grant": (
        _l("The mail server does not let us in with the mailbox's grant."),
        _l("Ask whoever runs tipline to run `tipline mailbox connect`; `tipline doctor` says what is wrong."),
    ),
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
    TO_ONE: (_l("This reader was sent enough within the hour."), _l("It leaves by itself.")),
    TO_ALL: (_l("As many mails left within the hour as the settings allow."), _l("It leaves by itself.")),
    HELD: (
        _l("The reader wrote after this was written."),
        _l("Read what they say first. Then send it, give it another time, or take it back."),
    ),
    DAMAGED: (
        _l("What is sealed of it does not open: it is damaged in the database."),
        _l("Write it anew, and tell whoever runs tipline: other rows may be damaged too."),
    ),
    "not_allowed": NOT_ALLOWED,
    BARRED: NOT_ALLOWED,
}
UNKNOWN: Words = (
    _l("The line broke while it was handed over: it may have arrived or not."),
    _l("Look into the Sent folder, or send it again: the reader's mail program knows the two are one."),
)
OTHER_WAY = _l("Open the identity for another way to reach the reader.")
# By what follows the first digit of the status (RFC 3463); the longest that fits.
BOUNCED: Mapping[str, Words] = {
    "1": (_l("It came back: there is no such address."), OTHER_WAY),
    "2": (_l("It came back: the reader's mailbox takes no mail."), OTHER_WAY),
    "2.2": (
        _l("It came back: the reader's mailbox is full."),
        _l("Send it again in a few days, or open the identity for another way to reach the reader."),
    ),
    "2.3": (_l("It came back: it is too long for the reader's mailbox."), _l("Write a shorter one.")),
    "4": (
        _l("It came back: the reader's mail server could not be reached for days."),
        _l("Send it again later, or open the identity for another way to reach the reader."),
    ),
    "7": (
        _l("It came back: the reader's mail server does not take mail from us."),
        _l("Say it in other words, without links, or open the identity for another way to reach the reader."),
    ),
    "": (_l("It came back."), OTHER_WAY),
}
DELAYED: Words = (
    _l("The reader's mail server does not take it yet."),
    _l("Nothing to do: it is still tried, and if it comes back for good, that is shown here."),
)
ELSE: Words = (_l("It could not be sent."), ASK_ADMIN)

QUARANTINE_REASONS: Mapping[str, Words] = {
    "too_large": (_l("too large to be read"), _l("Download it and look, or file it by hand.")),
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
    LedgerState.OVERSIZE: (
        _l("larger than what is fetched"),
        _l("It lies on the server. Fetch it all the same, or file it by hand."),
    ),
    LedgerState.DUPLICATE: (_l("the same mail once more"), _l("Nothing to do: its first copy was read.")),
    LedgerState.FAILED: (
        _l("can't be fetched"),
        _l("The server breaks off or refuses. tipline tries once an hour; or open it in a mail program."),
    ),
    LedgerState.GONE: (
        _l("gone before it could be read"),
        _l("Somebody moved or deleted it. Look into Trash; put back, it is read. Then say that it is seen to."),
    ),
    LedgerState.QUARANTINED: QUARANTINE_REASONS["malformed"],
}
LISTS: Mapping[LedgerState, LazyString] = {
    LedgerState.QUARANTINED: _l("Quarantined"),
    LedgerState.OVERSIZE: _l("Oversize"),
    LedgerState.FAILED: _l("Not fetched"),
    LedgerState.GONE: _l("Disappeared"),
    LedgerState.DUPLICATE: _l("Duplicates"),
}
MAILBOX: Mapping[str, Words] = {
    "connect": (_l("The server can't be reached."), _l("Check host and port, and whether it is up.")),
    "tls": (_l("The server's certificate can't be trusted."), _l("Check host and ca_file in config.toml.")),
    "login": (_l("The server refused the password."), _l("Check %(user)s and %(password)s, then restart tipline.")),
    "expired": (
        _l("The password has expired."),
        _l("Set a new one with the provider and in %(password)s, then restart tipline."),
    ),
    "not_allowed": (
        _l("The server does not let this user in."),
        _l("Ask its provider whether IMAP is allowed for this account. The user is set in %(user)s."),
    ),
    "privacy": (
        _l("The server lets this user in by an encrypted connection only."),
        _l("Check `security` of this mailbox in config.toml, then restart tipline."),
    ),
    "admin": (_l("The server wants you to ask its administrator."), _l("Ask whoever runs the mail server.")),
    "busy": (_l("The server is busy just now."), _l("It is tried again by itself, soon.")),
    "disk": (
        _l("The disk is full, or nearly: large mails and files wait."),
        _l("Free some space on the disk that holds tipline's data. Nothing is lost; small mails go on while they fit."),
    ),
    "folder": (_l("A folder is missing."), _l("Check `folders` in config.toml; tipline never makes any.")),
    "protocol": (_l("The server answers what nobody understands."), _l("It is tried again by itself.")),
    "timeout": (_l("The server does not answer in time."), _l("It is tried again by itself.")),
    "closed": (_l("The server closed the line."), _l("It is tried again by itself.")),
    "grant": (_l("Its grant has ended."), _l("Run `tipline mailbox connect` with its name.")),
    "no_grant": (_l("Nobody has connected it yet."), _l("Run `tipline mailbox connect` with its name.")),
    "client": (
        _l("The provider refused client_id or client_secret."),
        _l("Renew them in config.toml and start tipline again."),
    ),
    "token": (
        _l("The mail server refused a good token."),
        _l("Check `user`, and that IMAP is on for this account. It is tried once an hour."),
    ),
    "internal": (_l("tipline itself failed."), _l("It is tried again by itself; its log says where it broke.")),
}


def of_reply(out: Outgoing) -> Words:
    """What became of a reply that did not arrive, or has not yet."""
    if out.state is SendState.UNKNOWN:
        return UNKNOWN
    if out.state is SendState.SENT and out.bounced_by is not None and out.kind is MailKind.REPLY:
        return DELAYED
    if out.bounced_by is not None:
        return of_bounce(out.bounce_status)
    return REPLY.get(out.reason, ELSE)


def of_bounce(status: str) -> Words:
    """What a delivery report's status means: "5.1.1" that there is no such mailbox."""
    _class, _dot, rest = status.partition(".")
    subject = rest.partition(".")[0]
    return BOUNCED.get(rest) or BOUNCED.get(subject) or BOUNCED[""]


def state_of(out: Outgoing) -> str:
    """Where a mail of ours is on its way, in a word."""
    if out.reason == GIVEN_UP:
        return str(_l("Given up"))
    if out.state is SendState.SENT and out.bounced_by is not None:
        return str(_l("Delayed")) if out.kind is MailKind.REPLY else str(SEND_STATE[SendState.BOUNCED])
    if out.state is SendState.QUEUED and out.reason == SCHEDULED:
        return str(_("Goes %(time)s", time=send_times.words(out.not_before)))
    if out.state is SendState.QUEUED and out.reason == HELD:
        return str(_l("Held back"))
    if out.state is SendState.QUEUED and out.reason in (TO_ONE, TO_ALL):
        return str(_l("Waits its turn"))
    return str(SEND_STATE[out.state])


def of_mail(state: LedgerState, reason: str) -> Words:
    """Why a mail became no tip."""
    if state is LedgerState.QUARANTINED and reason in QUARANTINE_REASONS:
        return QUARANTINE_REASONS[reason]
    return STATES.get(state, STATES[LedgerState.QUARANTINED])


def of_state(state: LedgerState) -> LazyString:
    """The name of a list of mails that became no tip."""
    return LISTS[state]


def of_mailbox(error: str, name: str) -> tuple[str, str]:
    """What is wrong with a mailbox, and what to do; the settings are named where a person has to change one."""
    what, remedy = MAILBOX.get(error, MAILBOX["internal"])
    box = settings().mailbox.get(name)
    places = {"user": f"mailbox.{name}.user", "password": f"mailbox.{name}.{box.password_key if box else 'password'}"}
    return str(what), str(remedy) % places if error in MailboxUnreachable.SIGN_IN else str(remedy)


def of_disk() -> str:
    """What every page tells editors where tipline's disk is full, or nearly."""
    return " ".join(str(words) for words in MAILBOX["disk"])


def of_alarm(alarm: Alarm) -> str:
    """What every page of the desk tells editors of a mailbox, in a sentence or two: what happened, what to do."""
    name, why = alarm.mailbox, of_mailbox(alarm.reason, alarm.mailbox)
    what = f"{why[0]} {why[1]}"
    match alarm.reason:
        case alarms.GONE:
            return str(
                ngettext(
                    "In the mailbox %(name)s %(num)s message disappeared before it could be read: look into Trash.",
                    "In the mailbox %(name)s %(num)s messages disappeared before they could be read: look into Trash.",
                    alarm.count,
                    name=name,
                )
            )
        case alarms.SILENT:
            said = _("The mailbox %(name)s was not compared with the server for half an hour.", name=name)
            return f"{said} " + str(
                _("See whether `tipline worker` runs; its log says what keeps it from getting through.")
            )
        case "grant":
            said = _("The mailbox %(name)s is no longer readable: its grant has ended.", name=name)
        case "no_grant":
            said = _("The mailbox %(name)s is not readable: nobody has connected it yet.", name=name)
        case _:
            return str(_("The mailbox %(name)s is not readable: %(why)s", name=name, why=what))
    return f"{said} " + str(_("Run `tipline mailbox connect %(name)s`.", name=name))
