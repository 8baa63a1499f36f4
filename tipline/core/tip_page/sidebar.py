"""What the desk shows of one tip beside its conversation. It only reads; the caller got the tip from `access.tip`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, accounts, consent, files, readers, replies, similar, triage
from tipline.core.access import Actor
from tipline.core.consent import Allowed
from tipline.core.facts import fact_sheet
from tipline.core.facts.fact_sheet import Facts
from tipline.core.inbox import list_rows
from tipline.core.inbox.list_rows import ListRow
from tipline.core.related import links
from tipline.core.related.links import Related
from tipline.core.replies import ReplyRoute
from tipline.core.similar import ClusterSummary
from tipline.core.tip_page import collapsed_events
from tipline.core.tip_page.collapsed_events import EventRun
from tipline.core.tip_page.conversation import ConversationEntry, conversation
from tipline.core.tips import highlights, merged
from tipline.core.tips.highlights import Passage
from tipline.core.triage import automatic_messages, forward_credit, translations, unclear_answers
from tipline.core.triage.translations import TranslationView
from tipline.core.triage.unclear_answers import UnclearAnswer
from tipline.models import (
    Account,
    Answer,
    Callout,
    Consent,
    Message,
    Outgoing,
    SendState,
    StoredFile,
    Tag,
    Tip,
    TipTag,
)
from tipline.models.outbox import HELD, SCHEDULED

UNDER_WAY = (SendState.QUEUED, SendState.SENDING)


@dataclass(frozen=True, slots=True)
class TipSidebar:
    """One tip in full. `names` are all colleagues by id."""

    row: ListRow
    reader: str
    callout: Callout
    entries: list[ConversationEntry]
    names: dict[int | None, str]
    people: list[Account]
    tags: list[Tag]
    answers: list[Answer]
    files: list[StoredFile]
    added_by: dict[int, str]  # of files that a colleague added or sent, by their ids
    consents: list[Consent]
    doubts: list[UnclearAnswer]  # what answers by mail may say of it, and of the questions
    machine_known: set[int]  # the messages of which a person has said whether a machine wrote them
    evidence: dict[datetime, int]  # the message from which a consent was written down, by its `said_at`
    allowed: Allowed  # of the story
    allowed_answers: dict[int, Allowed]  # of each answer
    related: Related
    passages: list[Passage]
    facts: Facts
    translations: dict[int, list[TranslationView]]  # by message
    parent: Tip | None
    cluster: ClusterSummary | None  # the cluster that it is in
    way: ReplyRoute
    on_its_way: bool
    passed_on_by: str  # a short name, "" where the reader wrote themselves
    by_ours: bool  # whether that is one of the newsroom's own people

    @property
    def lines(self) -> list[ConversationEntry | EventRun]:
        """Its conversation as it is read, small changes in a row as one."""
        return collapsed_events.folded(self.entries)


def sheet(session: Session, tip: Tip, by: Actor, today: date) -> TipSidebar:
    """Everything of a tip that its page shows to this person."""
    assert tip.id is not None
    entries = conversation(session, tip, by)
    names = accounts.names(session)
    tags = _tags(session, tip.id)
    callout = session.get_one(Callout, tip.callout_id)
    passed_on_by = forward_credit.passed_on_by(session, tip)
    answers = _answers(session, tip.id)
    related, parent = links.related(session, tip, by), _parent(session, tip, by)
    texts = {e.message.id: e.message.text for e in entries if e.message}
    return TipSidebar(
        row=list_rows.of(session, [tip], by, today)[0],
        reader=readers.short_name(session, tip, by),
        callout=callout,
        entries=entries,
        names=names,
        people=triage.assignable(session, tip) if by.works_tips else [],
        tags=tags,
        answers=answers,
        files=files.of_tip(session, tip.id),
        added_by=_added_by(entries, names),
        consents=consent.history(session, tip.id),
        doubts=unclear_answers.of_tip(session, tip.id),
        machine_known=automatic_messages.decided(session, tip.id),
        evidence=consent.evidence_of(session, tip.id),
        allowed=consent.allows(session, tip),
        allowed_answers=consent.allowed(session, tip, answers),
        related=related,
        passages=highlights.of_tip(session, tip.id, texts, names),
        facts=fact_sheet.of_tip(session, tip, texts),
        translations=translations.of_tip(session, tip.id, names),
        parent=parent,
        cluster=similar.cluster_summary(session, tip, by),
        way=replies.way(session, tip) if by.works_tips else ReplyRoute(),
        on_its_way=any(e.outgoing is not None and _moves(e.outgoing) for e in entries),
        passed_on_by=_called(session, tip, passed_on_by[0], by) if passed_on_by else "",
        by_ours=passed_on_by is not None and passed_on_by[1],
    )


def _added_by(entries: Sequence[ConversationEntry], names: Mapping[int | None, str]) -> dict[int, str]:
    """Who added which file: the author of the note, call, reply or entered message that it stands with."""
    found = {}
    for entry in entries:
        row = entry.message or entry.note or entry.contact
        author = names.get(row.author_id, "") if row else ""
        found.update({file.id: author for file in entry.files if author})
    return found


def _moves(out: Outgoing) -> bool:
    """Whether what becomes of a mail is known soon."""
    return out.state in UNDER_WAY and out.reason not in (SCHEDULED, HELD)


def _called(session: Session, tip: Tip, reader_id: int, by: Actor) -> str:
    """What somebody else than the tip's reader is called on its page."""
    names = readers.short_names_of(session, {reader_id}) if access.sees_identity(tip, by) else {}
    return names.get(reader_id) or readers.Numbered(reader_id)


def row(session: Session, tip_id: int, by: Actor, today: date) -> tuple[ListRow, str]:
    """A tip as the list shows it, and its reader's short name. NotVisible where it is not theirs to see."""
    tip = access.tip(session, tip_id, by)
    [shown] = list_rows.of(session, [tip], by, today)
    return shown, readers.short_name(session, tip, by)


def _tags(session: Session, tip_id: int) -> list[Tag]:
    on_it = select(col(TipTag.tag_id)).where(col(TipTag.tip_id) == tip_id)
    return list(session.scalars(select(Tag).where(col(Tag.id).in_(on_it)).order_by(col(Tag.folded))))


def _answers(session: Session, tip_id: int) -> list[Answer]:
    """A form's answers without those that the conversation shows already: the story is one of them."""
    told = set(session.scalars(select(col(Message.text)).where(col(Message.tip_id) == tip_id)))
    answers = session.scalars(select(Answer).where(col(Answer.tip_id) == tip_id).order_by(col(Answer.position)))
    return [answer for answer in answers if answer.value not in told]


def _parent(session: Session, tip: Tip, by: Actor) -> Tip | None:
    """The tip that this one may belong to, or the one that stands for it, where the person sees it too."""
    parent = merged.standing(session, tip.may_belong_to) if tip.merged_into is None else None
    if parent is None or parent.id is None or parent.id == tip.id:
        return None
    return parent if access.sees(session, parent.id, by) else None


def colleagues(session: Session) -> list[Account]:
    """Everybody with an active account, by name."""
    return list(session.scalars(select(Account).where(col(Account.active)).order_by(col(Account.name))))
