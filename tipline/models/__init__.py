"""The tables. Import them from here, so that the metadata is whole."""

from tipline.models.account import (
    Account,
    AccountRole,
    CalloutMember,
    Digest,
    Invitation,
    LoginSession,
    Role,
    SignInTry,
    TryKind,
)
from tipline.models.callout import (
    Callout,
    CalloutStatus,
    CalloutText,
    Question,
    QuestionCount,
    QuestionKind,
    QuestionText,
)
from tipline.models.company import Follower, Mention, Presence
from tipline.models.composing import Composing, LetterDraft, ReplyDraft, ReplyFile, SavedReply
from tipline.models.event import ActorKind, Event, Verb
from tipline.models.fact import Fact, FactState, FactType, TypeKind
from tipline.models.likeness import TipPrint
from tipline.models.macro import BulkChange, BulkState, Macro, Reason
from tipline.models.mailbox import Epoch, Ledger, LedgerState, Mailbox, OAuthGrant, RawMail
from tipline.models.message import (
    Direction,
    Draft,
    DraftFile,
    Extraction,
    FileText,
    Message,
    Scan,
    SenderCheck,
    StoredFile,
)
from tipline.models.numbers import Aspect, Deed, DeedDay, Grain, TipDay, TipDayState
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
    TagColour,
    Tip,
    TipAccess,
    TipCount,
    TipSeen,
    TipTag,
    Verification,
)
from tipline.models.view import RecentSearch, SavedView
from tipline.models.work import (
    Checklist,
    ContactEntry,
    ContactWay,
    Highlight,
    MovedRow,
    Task,
    TipLink,
    Translation,
)

__all__ = [
    "Account", "AccountRole", "Acknowledged", "ActorKind", "Answer", "AnswerChoice", "Aspect", "BulkChange",
    "BulkState", "Callout", "CalloutMember", "CalloutStatus", "CalloutText", "Checklist", "Composing", "Consent",
    "ContactEntry", "ContactKind", "ContactWay", "DataKey", "Deed", "DeedDay", "Digest", "Direction", "Draft",
    "DraftFile", "Epoch", "ErasedTip", "Event", "Extraction", "Fact", "FactState", "FactType", "FileText", "Follower",
    "Grain", "Highlight", "IdentityAnswer", "Invitation", "Ledger", "LedgerState", "LetterDraft", "LetterKind",
    "LoginSession", "Macro", "Mailbox", "Mention", "Message", "MovedRow", "Note", "OAuthGrant", "Outgoing", "PageProof",
    "Presence", "Publication", "Question", "QuestionCount", "QuestionKind", "QuestionText", "RawMail", "Reader",
    "ReaderContact", "Reason", "RecentSearch", "ReplyDraft", "ReplyFile", "Role", "SavedReply", "SavedView", "Scan",
    "SendState", "SenderCheck", "SignInTry", "SpamLesson", "SpamWord", "Status", "StoredFile", "Tag", "TagColour",
    "Task", "Tip", "TipAccess", "TipCount", "TipDay", "TipDayState", "TipLink", "TipPrint", "TipSeen", "TipTag",
    "Translation", "TryKind", "TypeKind", "Verb", "Verification",
]  # fmt: skip
