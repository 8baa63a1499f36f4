"""Two tips that become one, and what will come of that: everything moves, and nothing is lost that parting needs."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from tipline.core import access, consent, days, events, facts, following, readers, row_transfer, search, vault
from tipline.core.access import Actor
from tipline.core.accounts import teams
from tipline.core.consent import transfer
from tipline.core.counts import counters, day_counts
from tipline.core.merge import outcomes, unread_marks
from tipline.core.merge.outcomes import Outcome
from tipline.core.readers import resealing
from tipline.core.results import answer_rows
from tipline.core.row_transfer import Record
from tipline.core.similar import clusters
from tipline.core.spam import training
from tipline.core.tips import merged, reply_drafts
from tipline.db import now
from tipline.errors import NotVisible, Refused
from tipline.models import (
    Answer,
    Consent,
    ContactKind,
    Event,
    Fact,
    IdentityAnswer,
    Message,
    Outgoing,
    Reader,
    ReaderContact,
    Tag,
    Tip,
    TipAccess,
    TipTag,
    Verb,
)
from tipline.vocabularies import N_, ConsentChoice

NOT_CHOSEN = N_("Choose the tip to merge this one into.")
ALREADY = N_("This tip is already merged.")
ITSELF = N_("The tip you chose was merged into this one, or is this one.")
SECRET = N_("One of these tips is restricted, and the two name different people. Merging would show its words.")
CONTACT, PROVEN, TAG, KEPT_OUT = "reader_contact", "proven", "tip_tag", "withheld"
CONSENT_MADE, CONSENT_UNTIL = "consent_made", "consent_until"
CONSENT_EVENT = "consent_event"  # in the record of each of the two: what followed from the merge, and nobody said


@dataclass(frozen=True, slots=True)
class Plan:
    """What merging two tips will do. `overlap` are questions that both answer, in the words of the tip that goes;
    `tags` those of both; `followers` how many follow the tip that goes and not the other."""

    tip: Tip
    target: Tip
    consent: ConsentChoice
    overlap: list[str]
    audience: teams.Audience
    outcome: Outcome
    tags: list[Tag]
    followers: int


def plan(session: Session, tip_id: int, into: int | None, by: Actor) -> Plan:
    """What `join` would do now. It raises what `join` raises."""
    tip, target = _pair(session, access.tip(session, tip_id, by), into)
    access.tip(session, target.id or 0, by)
    _may(session, tip, target)
    overlap = answer_rows.overlap(session, tip_id, target.id or 0)
    both = session.scalars(select(Answer).where(col(Answer.id).in_(overlap.stay | overlap.leave)))
    on_either = select(col(TipTag.tag_id)).where(col(TipTag.tip_id).in_((tip_id, target.id)))
    return Plan(
        tip,
        target,
        transfer.stricter(session, target, tip),
        sorted({answer.wording for answer in both}),
        teams.audience(session, tip, target.callout_id),
        outcomes.of(session, target, tip),
        list(session.scalars(select(Tag).where(col(Tag.id).in_(on_either)).order_by(col(Tag.folded)))),
        following.followers_apart(session, tip_id, target.id or 0),
    )


def merge(
    session: Session,
    tip_id: int,
    by: Actor,
    today: date | None = None,
    *,
    into: int | None = None,
    undoes: tuple[int, int] | None = None,
) -> int:
    """Move everything of a tip into another (None: the one it may belong to), and teach that one's reader the sender's
    addresses.

    Where that one was merged itself in the meantime, the one that stands for it is meant. Of two answers to one
    question the newer counts, and so does the stricter of two consents; the other fields follow the table in
    `outcomes`. Returns the target's id. The emptied tip stays, points to its target, and is in no list;
    `unmerge.unmerge` gives it back what was
    its own. NotVisible where the person may not see both; Refused where there is nothing to join. `undoes`: the
    splitting that it takes back, as the target's and the tip's history tell it.
    """
    tip, target = _locked(session, tip_id, into, by)
    assert tip.id is not None and target.id is not None
    training.take_back(session, [tip.id])
    of_target, of_tip = undoes or (None, None)
    settled = {} if undoes else outcomes.settle(session, target, tip, by)
    event = events.record(session, Verb.MERGED, by=by, tip_id=target.id, object_id=tip.id, undoes=of_target)
    events.record(session, Verb.MERGED, by=by, tip_id=tip.id, after=str(target.id), undoes=of_tip)
    record = Record(session, event.id or 0)
    for kind, ids in settled.items():
        record.note(kind, ids)
    if tip.reader_id != target.reader_id:
        _teach(session, tip.reader_id, target.reader_id, record)
    withheld = _carry(session, tip, target, record)
    _tags(session, tip.id, target.id, record)
    reply_drafts.move(session, tip.id, target.id)
    counters.move(session, tip, counters.standing(tip), None)
    day_counts.merged(tip, target)
    tip.merged_into = target.id
    unread_marks.merged(session, target, tip, record)
    target.photos, target.files = target.photos + tip.photos, target.files + tip.files
    target.reader_wrote_at, target.updated_at = max(target.reader_wrote_at, tip.reader_wrote_at), now()
    target.active_at = max(target.active_at, tip.active_at)
    tip.facts_version = target.facts_version = 0
    session.add_all((tip, target))
    session.flush()
    _consent(session, target, tip, withheld, by, today or days.today(session), record)
    clusters.forget(session, tip.id)
    search.remove(session, tip.id)
    search.put(session, target.id)
    return target.id


def _pair(session: Session, tip: Tip, into: int | None) -> tuple[Tip, Tip]:
    if tip.merged_into is not None:
        raise Refused(ALREADY)
    chosen = into if into is not None else tip.may_belong_to
    if chosen is None:
        raise Refused(NOT_CHOSEN)
    target = merged.standing(session, chosen)
    if target is None:
        raise NotVisible("tip")
    if target.id == tip.id:
        raise Refused(ITSELF)
    return tip, target


def _locked(session: Session, tip_id: int, into: int | None, by: Actor) -> tuple[Tip, Tip]:
    """Both, locked in one order always: two people who join the same two never wait for each other."""
    tip, target = _pair(session, access.tip(session, tip_id, by), into)
    for one in sorted((tip, target), key=lambda found: found.id or 0):
        access.tip_to_work(session, one.id or 0, by)
        session.refresh(one)
    if tip.merged_into is not None or target.merged_into is not None:
        raise Refused(ALREADY)
    _may(session, tip, target)
    return tip, target


def _may(session: Session, tip: Tip, target: Tip) -> None:
    if tip.restricted != target.restricted or (tip.restricted and _named(session, tip) != _named(session, target)):
        raise Refused(SECRET)


def _named(session: Session, tip: Tip) -> set[int]:
    return set(session.scalars(select(col(TipAccess.account_id)).where(col(TipAccess.tip_id) == tip.id)))


def _carry(session: Session, tip: Tip, target: Tip, record: Record) -> frozenset[int]:
    """Move the rows. Of two answers to one question the older stays with the emptied tip, or goes to it."""
    assert tip.id is not None and target.id is not None
    said = answer_rows.overlap(session, tip.id, target.id)
    identity = answer_rows.identity_overlap(session, tip.id, target.id)
    stay = said.stay | identity.stay
    goes = {table: set(row_transfer.of_tip(session, table, tip.id)) - stay for table in row_transfer.TABLES}
    same, lost = facts.overlap(session, tip.id, target.id)
    goes[Fact] -= same
    if tip.reader_id != target.reader_id:
        resealing.messages(session, goes[Message], tip.reader_id, target.reader_id)
        resealing.answers(session, goes[IdentityAnswer], target.reader_id)
    leaves: dict[type[SQLModel], set[int]] = {Answer: set(said.leave), IdentityAnswer: set(identity.leave), Fact: lost}
    for to, those in ((tip.id, leaves), (target.id, goes)):
        for table, ids in those.items():
            row_transfer.carry(session, table, ids, to)
            record.note(row_transfer.name(table), ids)
    day_counts.replies_carried(session, goes[Outgoing], tip, target)
    answer_rows.point(session, target.id)
    return said.withheld


def _consent(
    session: Session, target: Tip, tip: Tip, withheld: frozenset[int], by: Actor, today: date, record: Record
) -> None:
    """The stricter of what both allow, and by which entry and which answers that can be told apart later."""
    assert target.id is not None
    before = set(row_transfer.of_tip(session, Consent, target.id))
    held = consent.held_answers(session, target.id)
    transfer.merged(session, target, tip, withheld, by, today)
    session.flush()
    entries = set(row_transfer.of_tip(session, Consent, target.id))
    record.note(CONSENT_MADE, entries - before)
    record.note(CONSENT_UNTIL, [max(entries)] if entries else [])
    record.note(CONSENT_EVENT, consents_since(session, target.id, record.event_id))
    record.note(KEPT_OUT, consent.held_answers(session, target.id) - held)


def consents_since(session: Session, tip_id: int, event_id: int) -> list[int]:
    """The events after another one by which a tip's consent changed."""
    query = select(col(Event.id)).where(col(Event.tip_id) == tip_id, col(Event.verb) == Verb.CONSENT)
    return [found for found in session.scalars(query.where(col(Event.id) > event_id)) if found is not None]


def _teach(session: Session, from_reader: int, to_reader: int, record: Record) -> None:
    """Copy addresses and phones: the next mail from there joins by itself."""
    to = readers.key_of(session, session.get_one(Reader, to_reader))
    before = _contacts(session, to_reader)
    for contact in session.scalars(select(ReaderContact).where(col(ReaderContact.reader_id) == from_reader)).all():
        value = vault.open_text(session, contact.value, f"reader_contact:{contact.id}:value")
        readers.add_contact(session, to, ContactKind(contact.kind), value, proven=contact.proven)
    session.flush()
    after = _contacts(session, to_reader)
    record.note(CONTACT, after.keys() - before.keys())
    record.note(PROVEN, (row_id for row_id, proven in before.items() if after[row_id] and not proven))


def _contacts(session: Session, reader_id: int) -> dict[int, bool]:
    query = select(col(ReaderContact.id), col(ReaderContact.proven))
    return dict(session.execute(query.where(col(ReaderContact.reader_id) == reader_id)).all())


def _tags(session: Session, tip_id: int, target_id: int, record: Record) -> None:
    """The emptied tip keeps its own."""
    on = col(TipTag.tip_id), col(TipTag.tag_id)
    have = set(session.scalars(select(on[1]).where(on[0] == target_id)))
    new = [tag_id for tag_id in session.scalars(select(on[1]).where(on[0] == tip_id)) if tag_id not in have]
    session.add_all(TipTag(tip_id=target_id, tag_id=tag_id) for tag_id in new)
    record.note(TAG, new)
