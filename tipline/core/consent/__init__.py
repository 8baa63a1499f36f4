"""What a reader allows us to publish: dated entries, of which the newest counts, and what follows from them.

An entry that is stricter than what was published takes from the gallery what it no longer covers, makes the tip due,
and stands as an alarm before the editors until somebody has looked after it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlmodel import Session, col

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.arrival import Arrival, ConsentChoice, Source
from tipline.core.consent import latest
from tipline.core.counts import counters
from tipline.core.tips import highlights, last_activity, merged, reminders, stories
from tipline.db import now
from tipline.errors import NotVisible
from tipline.models import (
    ActorKind,
    Answer,
    Consent,
    Direction,
    Event,
    Highlight,
    Message,
    Publication,
    Question,
    Quote,
    QuoteState,
    Status,
    Tip,
    Verb,
)
from tipline.vocabularies import N_


class ConsentVerdict(StrEnum):
    """What may be done with a reader's words."""

    NAME = "name"
    ANONYMOUS = "anonymous"
    ASK = "ask"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whether words may leave the newsroom, and why, in words for the catalogue."""

    verdict: ConsentVerdict
    reason: str

    @property
    def may_leave(self) -> bool:
        return self.verdict in (ConsentVerdict.NAME, ConsentVerdict.ANONYMOUS)


_BY_CHOICE = {
    ConsentChoice.NAME: Allowed(ConsentVerdict.NAME, N_("The reader allows it, with their name.")),
    ConsentChoice.ANONYMOUS: Allowed(
        ConsentVerdict.ANONYMOUS, N_("The reader allows it, without their name. Leave out what would give them away.")
    ),
    ConsentChoice.ASK: Allowed(
        ConsentVerdict.ASK, N_("The reader wants to be asked first. Ask them, and write down what they say.")
    ),
    ConsentChoice.BACKGROUND: Allowed(
        ConsentVerdict.NO, N_("The reader gave this for background only: nothing of it may be published.")
    ),
    ConsentChoice.UNKNOWN: Allowed(
        ConsentVerdict.NO,
        N_("The reader never said whether this may be published. Ask them, and write down what they say."),
    ),
}
QUOTED_IN = (QuoteState.PLACED, QuoteState.PUBLISHED, QuoteState.CORRECTED)
WITHHELD = Allowed(ConsentVerdict.NO, N_("The reader doesn’t want this answer published."))
NOT_ASKED_FOR = Allowed(
    ConsentVerdict.NO,
    N_("This question is not one whose answers may be published: the reader was never asked about it."),
)
STORY_HOLDS = Allowed(
    ConsentVerdict.NO,
    N_(
        "The story holds answers to questions that are not marked “May be published”: the reader was never asked about "
        "them. Copy the answers that may be published one by one, or mark the words beside them and quote those."
    ),
)
PASSAGE_HOLDS = Allowed(
    ConsentVerdict.NO,
    N_(
        "This passage holds an answer to a question that is not marked “May be published”: the reader was never asked "
        "about it. Mark only words beside it."
    ),
)


def allows(session: Session, tip: Tip, words: Answer | Highlight | None = None) -> Allowed:
    """Whether words may be published: an answer, a marked passage, or (None) the story itself. All words on their way
    out of the newsroom ask here."""
    if isinstance(words, Answer):
        return _allows_answer(session, tip, words)
    by_choice = _BY_CHOICE[tip.consent]
    if not by_choice.may_leave:
        return by_choice
    if words is None:
        held = stories.withheld(session, tip)
        holds = not held and bool(stories.unasked(session, tip, stories.story(session, tip.id or 0)))
        return WITHHELD if held else STORY_HOLDS if holds else by_choice
    if highlights.kept_out(session, tip, words.passage):
        return WITHHELD
    return PASSAGE_HOLDS if highlights.unasked(session, tip, words) else by_choice


def _allows_answer(session: Session, tip: Tip, answer: Answer) -> Allowed:
    question = session.get(Question, answer.question_id)
    marked = {answer.question_id} if question is not None and question.publish else set()
    return _allowed(session, tip, [answer], marked)[answer.id]


def allowed(session: Session, tip: Tip, answers: Collection[Answer]) -> dict[int, Allowed]:
    """As `allows`, of several answers of a tip at once, by their ids."""
    asked = {answer.question_id for answer in answers if not answer.withheld}
    query = select(col(Question.id)).where(col(Question.id).in_(asked), col(Question.publish))
    return _allowed(session, tip, answers, set(session.scalars(query)) if asked else set())


def _allowed(session: Session, tip: Tip, answers: Collection[Answer], marked: Collection[int]) -> dict[int, Allowed]:
    unmarked = any(not one.withheld and one.question_id not in marked for one in answers)
    told = stories.told(session, tip) if unmarked else set()

    def one(answer: Answer) -> Allowed:
        if answer.withheld:
            return WITHHELD
        may = answer.question_id in marked or answer.value in told
        return _BY_CHOICE[tip.consent] if may else NOT_ASKED_FOR

    return {answer.id: one(answer) for answer in answers}


def record(
    session: Session,
    tip: Tip,
    choice: ConsentChoice,
    arrival: Arrival | None = None,
    *,
    by: Actor | None = None,
    withheld: Collection[int] | None = None,
    evidence: Message | None = None,
    source: Source = Source.PHONE,
    counts: bool = True,
) -> Consent:
    """Add an entry with what the reader was shown. `by` is the reporter who wrote it down for them, from `evidence`
    where a message says it, else from `source`; `withheld` the questions whose answers they keep out of print (None:
    as the form says); without `counts` it changes nothing of what is allowed."""
    assert tip.id is not None
    said_at = _said_at(arrival)
    given = [answer.question_id for answer in arrival.answers if answer.withheld] if arrival else []
    entry = Consent(
        tip_id=tip.id,
        choice=choice,
        said_at=said_at,
        source=arrival.source if arrival else evidence.source if evidence else source,
        language=(arrival.consent_language or arrival.language) if arrival else "",
        wording=arrival.consent_wording[:1000] if arrival else "",
        withheld=sorted(set(given if withheld is None else withheld)),
        recorded_by=by.account_id if by else None,
    )
    session.add(entry)
    events.record(
        session,
        Verb.CONSENT,
        by=by or ActorKind.READER,
        tip_id=tip.id,
        object_id=evidence.id if evidence else None,
        before=tip.consent,
        after=choice,
        at=said_at,
    )
    if counts:
        stands(session, tip, choice)
    return entry


def _said_at(arrival: Arrival | None) -> datetime:
    """When a reader said something, by their clock; nobody said it tomorrow."""
    return min(arrival.received_at, now()) if arrival else now()


def change(
    session: Session,
    tip: Tip,
    choice: ConsentChoice,
    arrival: Arrival | None = None,
    *,
    today: date,
    by: Actor | None = None,
    withheld: Collection[int] | None = None,
    evidence: Message | None = None,
    source: Source = Source.PHONE,
) -> bool:
    """What a reader allows from now on; False where nothing changes by it. `withheld` None: as it stands.

    What comes late (core.consent.latest) is written down, and may only make it stricter. To allow less goes for all
    that is one conversation to the reader, whoever writes it down.
    """
    source = evidence.source if evidence else source
    for other in merged.conversation(session, tip):
        if latest.is_stricter(choice, other.consent):
            held = kept_out(session, other)
            change_alone(session, other, choice, arrival, today=today, by=by, withheld=held, source=source)
    return change_alone(
        session, tip, choice, arrival, today=today, by=by, withheld=withheld, evidence=evidence, source=source
    )


def change_alone(
    session: Session,
    tip: Tip,
    choice: ConsentChoice,
    arrival: Arrival | None = None,
    *,
    today: date,
    by: Actor | None = None,
    withheld: Collection[int] | None = None,
    evidence: Message | None = None,
    source: Source = Source.PHONE,
) -> bool:
    """As `change`, for this tip and no other."""
    before, held = tip.consent, kept_out(session, tip)
    wanted = held if withheld is None else set(withheld)
    if choice == before and wanted == held:
        return False
    late = latest.is_late(history(session, tip.id or 0), _said_at(arrival))
    counts = not late or latest.is_stricter(choice, before)
    wanted |= held if late else set()
    record(session, tip, choice, arrival, by=by, withheld=wanted, evidence=evidence, source=source, counts=counts)
    if not counts and wanted == held:
        return False
    if by is None:
        last_activity.note(session, tip)
    for keep in (True, False):
        these = col(Answer.question_id).in_(wanted) if keep else col(Answer.question_id).not_in(wanted)
        session.execute(update(Answer).where(col(Answer.tip_id) == tip.id, these).values(withheld=keep))
    session.flush()
    if (latest.is_stricter(tip.consent, before) or wanted - held) and was_published(session, tip):
        alarm(session, tip, before, today, by or ActorKind.READER)
    return True


def from_message(session: Session, message_id: int, choice: ConsentChoice, by: Actor, today: date) -> bool:
    """Write down what a reader's message says, with that message as evidence. NotVisible, NotAllowed."""
    message = session.get(Message, message_id)
    if message is None or message.direction is not Direction.IN:
        raise NotVisible("message")
    tip = access.tip_to_work(session, message.tip_id, by)
    return change(session, tip, choice, today=today, by=by, evidence=message)


def kept_out(session: Session, tip: Tip) -> set[int]:
    """The questions whose answers this reader keeps out of print."""
    query = select(col(Answer.question_id)).where(col(Answer.tip_id) == tip.id, col(Answer.withheld))
    return set(session.scalars(query))


def held_answers(session: Session, tip_id: int) -> set[int]:
    """The answers of a tip that its reader keeps out of print, by their ids."""
    return set(session.scalars(select(col(Answer.id)).where(col(Answer.tip_id) == tip_id, col(Answer.withheld))))


def publishable(session: Session, tip: Tip) -> list[Answer]:
    """The answers that could be printed, were it only for the reader: the story, those whose question says so, and what
    is kept out of print already."""
    query = select(Answer).where(col(Answer.tip_id) == tip.id).order_by(col(Answer.position), col(Answer.id))
    marked = set(
        session.scalars(
            select(col(Question.id))
            .join(Answer, col(Answer.question_id) == col(Question.id))
            .where(col(Answer.tip_id) == tip.id, col(Question.publish))
        )
    )
    told = stories.told(session, tip)
    found = session.scalars(query)
    return [one for one in found if one.withheld or one.question_id in marked or one.value in told]


def was_published(session: Session, tip: Tip) -> bool:
    """Whether anything of a tip has been used, is quoted in an article, or stands in the gallery."""
    if tip.status is Status.USED:
        return True
    quoted = select(col(Quote.id)).where(col(Quote.tip_id) == tip.id, col(Quote.state).in_(QUOTED_IN))
    if session.scalars(quoted.limit(1)).first() is not None:
        return True
    used = select(col(Event.id)).where(
        col(Event.tip_id) == tip.id, col(Event.verb) == Verb.STATUS, col(Event.after) == Status.USED
    )
    return bool(published(session, tip)) or session.scalars(used.limit(1)).first() is not None


def _chosen(session: Session, tip: Tip) -> list[Publication]:
    return list(session.scalars(select(Publication).where(col(Publication.tip_id) == tip.id)))


def published(session: Session, tip: Tip) -> list[Publication]:
    """What of a tip stands in the gallery."""
    return [item for item in _chosen(session, tip) if item.published_at is not None]


def alarm(session: Session, tip: Tip, before: ConsentChoice, today: date, by: Actor | ActorKind) -> None:
    """It is stricter than what was published: off the gallery at once, due today, and before the editors."""
    for item in published(session, tip):
        if not covers(session, tip, item):
            take_off(session, item, by)
    take_names(session, tip, by)
    # Without an object it is the alarm itself (core.mailboxes.alarms.stricter).
    events.record(session, Verb.UNPUBLISHED, by=by, tip_id=tip.id, before=before, after=tip.consent)
    due_today(session, tip, today, ActorKind.SYSTEM)  # by nobody: who looks after it ends the alarm


def take_off(session: Session, item: Publication, by: Actor | ActorKind) -> None:
    """Off the gallery; it stays chosen."""
    item.published_at, item.changed_at = None, now()
    session.add(item)
    events.record(session, Verb.UNPUBLISHED, by=by, tip_id=item.tip_id, object_id=item.id)


def take_names(session: Session, tip: Tip, by: Actor | ActorKind) -> None:
    """Forget the names beside chosen answers where the reader does not allow theirs, so that none comes back later."""
    for item in _chosen(session, tip) if tip.consent is not ConsentChoice.NAME else ():
        if item.attribution and item.published_at is not None:
            take_off(session, item, by)
        if item.attribution:
            item.attribution, item.changed_at = "", now()
            session.add(item)


def covers(session: Session, tip: Tip, item: Publication) -> bool:
    """Whether what a reader allows is enough for a chosen answer as it stands."""
    answer = session.get(Answer, item.answer_id, populate_existing=True) if item.answer_id else None
    verdict = allows(session, tip, answer).verdict
    return verdict is ConsentVerdict.NAME or (verdict is ConsentVerdict.ANONYMOUS and not item.attribution)


def due_today(session: Session, tip: Tip, today: date, by: Actor | ActorKind) -> None:
    """Set the tip before its people today, where it is not due already."""
    if tip.follow_up_on is not None and tip.follow_up_on <= today:
        return
    before = reminders.of(tip)
    events.record(session, Verb.FOLLOW_UP, by=by, tip_id=tip.id, before=before, after=today.isoformat())
    reminders.plan(tip, today, told=True)
    session.add(tip)
    session.flush()


def stands(session: Session, tip: Tip, choice: ConsentChoice) -> None:
    """From now on this is what is allowed of a tip, and it is counted so."""
    before = counters.standing(tip)
    tip.consent = choice
    session.add(tip)
    counters.move(session, tip, before, counters.standing(tip))


def history(session: Session, tip_id: int) -> list[Consent]:
    """A tip's entries: the one that counts, then the others, newest first. The caller has asked `access.tip`."""
    query = select(Consent).where(col(Consent.tip_id) == tip_id)
    entries = session.scalars(query.order_by(col(Consent.said_at).desc(), col(Consent.id).desc())).all()
    counts = latest.counting(entries)
    return sorted(entries, key=lambda entry: entry is not counts)


def evidence_of(session: Session, tip_id: int) -> dict[datetime, int]:
    """The messages from which entries were written down, by the entry's `said_at`."""
    rows = session.execute(
        select(col(Event.at), col(Event.object_id)).where(
            col(Event.tip_id).in_((tip_id, *merged.origins(session, tip_id))),
            col(Event.verb) == Verb.CONSENT,
            col(Event.object_id).in_(select(col(Message.id)).where(col(Message.tip_id) == tip_id)),
        )
    )
    return {at: message_id for at, message_id in rows.all() if message_id}
