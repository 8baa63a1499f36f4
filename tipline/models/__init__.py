"""The tables. Import them from here, so that the metadata is whole."""

from tipline.models.account import Account, AccountRole, CalloutMember, Invitation, LoginSession, Role
from tipline.models.callout import (
    Callout,
    CalloutStatus,
    CalloutText,
    Question,
    QuestionCount,
    QuestionKind,
    QuestionText,
)
from tipline.models.event import ActorKind, Event, Verb
from tipline.models.mailbox import Epoch, Ledger, LedgerState, Mailbox, OAuthGrant, RawMail
from tipline.models.message import Direction, Draft, DraftFile, Message, Scan, SenderCheck, StoredFile
from tipline.models.outbox import Acknowledged, LetterKind, Outgoing, SendState
from tipline.models.publication import Publication
from tipline.models.reader import ContactKind, DataKey, IdentityAnswer, PageProof, Reader, ReaderContact
from tipline.models.spam import SpamLesson, SpamWord
from tipline.models.tip import (
    Answer,
    AnswerChoice,
    Consent,
    ErasedTip,
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
    "Account", "AccountRole", "Acknowledged", "ActorKind", "Answer", "AnswerChoice", "Callout", "CalloutMember",
    "CalloutStatus", "CalloutText", "Consent", "ContactKind", "DataKey", "Direction", "Draft", "DraftFile",
    "Epoch", "ErasedTip", "Event", "IdentityAnswer", "Invitation", "Ledger", "LedgerState", "LetterKind",
    "LoginSession", "Mailbox", "Message", "Note", "OAuthGrant", "Outgoing", "PageProof", "Publication",
    "Question", "QuestionCount", "QuestionKind", "QuestionText", "RawMail", "Reader", "ReaderContact", "Role",
    "Scan", "SendState", "SenderCheck", "SpamLesson", "SpamWord", "Status", "StoredFile", "Tag", "Tip",
    "TipAccess", "TipCount", "TipSeen", "TipTag", "Verb", "Verification",
]  # fmt: skip
