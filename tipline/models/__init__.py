"""The tables. Import them from here, so that the metadata is whole."""

from tipline.models.account import Account, AccountRole, CalloutMember, Invitation, LoginSession, Role
from tipline.models.callout import Callout, CalloutStatus, CalloutText, Question, QuestionKind, QuestionText
from tipline.models.event import ActorKind, Event, Verb
from tipline.models.mailbox import Epoch, Ledger, LedgerState, Mailbox, RawMail
from tipline.models.message import Direction, Draft, DraftFile, Message, StoredFile
from tipline.models.outbox import Outgoing, SendState
from tipline.models.reader import ContactKind, DataKey, IdentityAnswer, Reader, ReaderContact
from tipline.models.tip import (
    Answer,
    Consent,
    Note,
    Status,
    Tag,
    Tip,
    TipAccess,
    TipCount,
    TipSeen,
    TipTag,
    Verification,
)

__all__ = [
    "Account", "AccountRole", "ActorKind", "Answer", "Callout", "CalloutMember", "CalloutStatus", "CalloutText",
    "Consent", "ContactKind", "DataKey", "Direction", "Draft", "DraftFile", "Epoch", "Event", "IdentityAnswer",
    "Invitation", "Ledger", "LedgerState", "LoginSession", "Mailbox", "Message", "Note", "Outgoing", "Question",
    "QuestionKind", "QuestionText", "RawMail", "Reader", "ReaderContact", "Role", "SendState", "Status", "StoredFile",
    "Tag", "Tip", "TipAccess", "TipCount", "TipSeen", "TipTag", "Verb", "Verification",
]  # fmt: skip
