"""The fields of a tip, each declared once: what it is called, how filters name it, which verb changes it and which key.

Filters, menus, bulk steps, macros, notices, history, undo, exports and merging ask here. A field with a closed
vocabulary is a `Choice` and needs nothing else, unless a rule of its own goes with it: a status has reasons and counts
answered work, consent comes from the reader. What people, tags and days need stands where they are worked on
(`core.triage`, `core.tags`, `core.tips.reminders`); here they have their names and verbs.

Labels are marked for the catalogue; pages translate them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlmodel import col

from tipline.models import Priority, Status, Tip, Verb, Verification
from tipline.vocabularies import N_, ConsentChoice, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class TipField:
    """A field. `name`: in steps, forms and URLs; of a choice its column too. `filter_key`: in the typed syntax."""

    name: str
    filter_key: str
    label: str
    negated: str  # of a filter that is turned round
    noun: str = ""  # in "Kim changed tags and status"
    verbs: tuple[Verb, ...] = ()  # small changes by reporters, each with a way back


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(TipField):
    """A field with a closed vocabulary.

    With `key`, which opens its menu on the desk, reporters set it like any other choice: `core.triage.set_choice`.
    """

    kind: type[StrEnum]
    words: Mapping[Any, str]  # of each value, beside the label
    alone: Mapping[Any, str] | None = None  # of each value, where no label stands beside it; None: the same
    ordinary: StrEnum | None = None  # the value that lists don't mention
    merged: tuple[StrEnum, ...] = ()  # of two tips that are merged, the one further right stays
    key: str = ""
    changed: str = ""  # what was done, where the value isn't said

    @property
    def column(self) -> Any:
        return col(getattr(Tip, self.name))

    @property
    def verb(self) -> Verb:
        [verb] = self.verbs
        return verb

    def of(self, tip: Tip) -> StrEnum:
        return self.kind(getattr(tip, self.name))

    def put(self, tip: Tip, value: StrEnum) -> None:
        setattr(tip, self.name, value)

    def said(self, value: str) -> str:
        """A value in words that stand alone. ValueError where it is none."""
        return (self.alone or self.words)[self.kind(value)]


SOURCE = Choice(
    name="source",
    filter_key="source",
    label=N_("Source"),
    negated=N_("Source not"),
    kind=Source,
    words={
        Source.FORM: N_("form"),
        Source.MAIL: N_("mail"),
        Source.PAGE: N_("reader's page"),
        Source.PHONE: N_("phone"),
        Source.CHAT: N_("chat"),
        Source.IN_PERSON: N_("in person"),
    },
)
# Any language that there is: its values are codes.
LANGUAGE = TipField(name="language", filter_key="lang", label=N_("Language"), negated=N_("Language not"))
STATUS = Choice(
    name="status",
    filter_key="status",
    label=N_("Status"),
    negated=N_("Status not"),
    noun=N_("status"),
    verbs=(Verb.STATUS,),
    kind=Status,
    words={
        Status.NEW: N_("New"),
        Status.REVIEWING: N_("Reviewing"),
        Status.WAITING: N_("Waiting for reader"),
        Status.READY: N_("Ready"),
        Status.USED: N_("Used"),
        Status.CLOSED: N_("Closed"),
        Status.SPAM: N_("Spam"),
    },
    changed=N_("changed the status"),
)
VERIFICATION = Choice(
    name="verification",
    filter_key="verification",
    label=N_("Verification"),
    negated=N_("Verification not"),
    noun=N_("verification"),
    verbs=(Verb.VERIFICATION,),
    kind=Verification,
    words={
        Verification.UNVERIFIED: N_("Unverified"),
        Verification.IN_PROGRESS: N_("Being verified"),
        Verification.VERIFIED: N_("Verified"),
        Verification.INCONCLUSIVE: N_("Inconclusive"),
        Verification.FALSE: N_("False"),
    },
    merged=tuple(Verification),  # doubt outranks certainty
    key="v",
    changed=N_("changed the verification"),
)
PRIORITY = Choice(
    name="priority",
    filter_key="priority",
    label=N_("Priority"),
    negated=N_("Priority not"),
    noun=N_("priority"),
    verbs=(Verb.PRIORITY,),
    kind=Priority,
    words={
        Priority.LOW: N_("Low"),
        Priority.NORMAL: N_("Normal"),
        Priority.HIGH: N_("High"),
        Priority.URGENT: N_("Urgent"),
    },
    alone={
        Priority.LOW: N_("Low priority"),
        Priority.NORMAL: N_("Normal priority"),
        Priority.HIGH: N_("High priority"),
        Priority.URGENT: N_("Urgent"),
    },
    ordinary=Priority.NORMAL,
    merged=tuple(Priority),
    key="p",
    changed=N_("changed the priority"),
)
CONSENT = Choice(
    name="consent",
    filter_key="consent",
    label=N_("Consent"),
    negated=N_("Consent not"),
    kind=ConsentChoice,
    words={
        ConsentChoice.NAME: N_("With name"),
        ConsentChoice.ANONYMOUS: N_("Without name"),
        ConsentChoice.ASK: N_("Ask me first"),
        ConsentChoice.BACKGROUND: N_("Background only"),
        ConsentChoice.UNKNOWN: N_("Not said: publish nothing"),
    },
)
ASSIGNEE = TipField(
    name="assignee",
    filter_key="assignee",
    label=N_("Assigned to"),
    negated=N_("Not assigned to"),
    noun=N_("assignee"),
    verbs=(Verb.ASSIGNED,),
)
TAGS = TipField(
    name="tag",
    filter_key="tag",
    label=N_("Tag"),
    negated=N_("Not tagged"),
    noun=N_("tags"),
    verbs=(Verb.TAGGED, Verb.UNTAGGED),
)
FOLLOW_UP = TipField(
    name="follow_up",
    filter_key="due",
    label=N_("Follow-up"),
    negated=N_("Follow-up not"),
    noun=N_("follow-up"),
    verbs=(Verb.FOLLOW_UP,),
)

# In the order in which files and menus have them.
FIELDS: tuple[TipField, ...] = (SOURCE, LANGUAGE, STATUS, VERIFICATION, PRIORITY, CONSENT, ASSIGNEE, TAGS, FOLLOW_UP)
CHOICES = tuple(field for field in FIELDS if isinstance(field, Choice))
PLAIN = tuple(choice for choice in CHOICES if choice is not STATUS)  # filters have more than the values of a status
SETTABLE = {field.name: field for field in CHOICES if field.key}
BY_VERB = {verb: field for field in FIELDS for verb in field.verbs}
SMALL_CHANGES = tuple(BY_VERB)
SET_BY = {choice.verb: choice for choice in SETTABLE.values()}  # the choice that a verb sets
OF_KIND = {choice.kind: choice for choice in SETTABLE.values()}  # or that a value is of
