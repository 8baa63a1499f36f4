"""The tables. Import them from here, so that the metadata is whole."""

from tipline.models.account import Account, AccountRole, CalloutMember, Invitation, LoginSession, Role
from tipline.models.callout import Callout, CalloutStatus, CalloutText, Question, QuestionKind, QuestionText
from tipline.models.event import ActorKind, Event, Verb
from tipline.models.mailbox import Epoch, Ledger, LedgerState, Mailbox, OAuthGrant, RawMail
from tipline.models.message import Direction, Draft, DraftFile, Message, SenderCheck, StoredFile
from tipline.models.outbox import Acknowledged, LetterKind, Outgoing, SendState
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
    "Account", "AccountRole", "Acknowledged", "ActorKind", "Answer", "Callout", "CalloutMember", "CalloutStatus",
    "CalloutText", "Consent", "ContactKind", "DataKey", "Direction", "Draft", "DraftFile", "Epoch", "Event",
    "IdentityAnswer", "Invitation", "Ledger", "LedgerState", "LetterKind", "LoginSession", "Mailbox", "Message",
    "Note", "OAuthGrant", "Outgoing", "Question", "QuestionKind", "QuestionText", "RawMail", "Reader",
    "ReaderContact", "Role", "SendState", "SenderCheck", "Status", "StoredFile", "Tag", "Tip", "TipAccess",
    "TipCount", "TipSeen", "TipTag", "Verb", "Verification",
]  # fmt: skip
