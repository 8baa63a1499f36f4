"""The one tree of what can go wrong, named by cause. Core and protocols raise; the views and commands translate.

The text of an error is for the person who sees it: it says what happened and what to do. It never holds a
reader's words, address or name, since errors end in logs.
"""


class TiplineError(Exception):
    """Anything that tipline itself finds wrong."""


class SettingsError(TiplineError):
    """config.toml or the environment holds an unknown key or a bad value; the text names the key."""


class NotVisible(TiplineError):
    """The row does not exist, or this person may not see it: the two are answered alike (404)."""


class NotAllowed(TiplineError):
    """The person sees the thing but their role does not let them do this to it."""


class Unmasked(TiplineError):
    """A query would show who a reader is to somebody who opens no identities: a fault of ours."""


class Refused(TiplineError):
    """A wish that can't be granted as it stands; the text says why and what to do instead. Where it says %(name)s, the
    view puts `name` there, once the text is translated."""

    def __init__(self, text: str = "", name: str = "") -> None:
        super().__init__(text)
        self.name = name


class DiskFull(Refused):
    """The disk is full, or free space is below the floor that is kept for the database."""


class Conflict(Refused):
    """Somebody else changed the same thing meanwhile."""


class SealBroken(TiplineError):
    """A sealed value can't be opened: wrong master key, or bytes that were moved or changed."""


class UnreadableMessage(TiplineError):
    """A mail that can't be parsed within limits. `reason` is one of REASONS."""

    REASONS = ("too_large", "too_deep", "too_many_parts", "malformed", "too_slow", "crashed")

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MailboxUnreachable(TiplineError):
    """The mailbox can't be polled now. `reason` is one of REASONS; `hint` says what to do, without secrets.

    SIGN_IN is what only a person can end: login: the password; expired: the password has expired; not_allowed: this
    user may not use IMAP; privacy: only encrypted; admin: its provider asks for a call. busy: the server says that it
    is a matter of time (RFC 5530). GRANTS are of mailboxes with OAuth. token: a good token was refused; grant: it has
    ended; no_grant: nobody has connected the mailbox; client: the provider refused our id or secret.
    """

    GRANTS = ("token", "grant", "no_grant", "client")
    SIGN_IN = ("login", "expired", "not_allowed", "privacy", "admin")
    REASONS = ("connect", "tls", "busy", "folder", "protocol", "timeout", "closed", *SIGN_IN, *GRANTS)

    def __init__(self, reason: str, hint: str = "", *, certain: bool = True) -> None:
        """`certain`: the server named the cause; else it may be a passing refusal."""
        super().__init__(f"{reason}: {hint}" if hint else reason)
        self.reason = reason
        self.hint = hint
        self.certain = certain


class GrantRefused(TiplineError):
    """A provider gave no tokens. `reason` is one of REASONS; the provider's own words are left out.

    grant: it has ended; client: our id or secret is wrong; connect: nothing that can be used came back; pending and
    slow_down: the person has not decided yet; denied and expired: they said no, or took too long.
    """

    REASONS = ("grant", "client", "connect", "pending", "slow_down", "denied", "expired")

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LeaseTaken(TiplineError):
    """Another worker is at work there: come back in a while."""


class LostLease(TiplineError):
    """Our lease ran out and another worker took over: roll back, nothing of this may be written."""


class FetchMismatch(TiplineError):
    """The server's answer was not what was asked for: other ids, no bytes, or another size."""


class SendFailed(TiplineError):
    """The mail server provably did not take the message. `reason` is one of REASONS, `permanent` means do not retry."""

    SERVER = ("connect", "tls", "login", "grant")  # no fault of this mail: every other one waits, too
    REASONS = (*SERVER, "sender_refused", "recipient_refused", "content_refused", "temporary")

    def __init__(self, reason: str, *, permanent: bool, code: int = 0) -> None:
        super().__init__(f"{reason} ({code})" if code else reason)
        self.reason, self.permanent, self.code = reason, permanent, code


class SendUnknown(TiplineError):
    """The connection broke after the message was handed over, or the answer can't be read: it may have been taken."""
