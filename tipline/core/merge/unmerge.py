"""Unmerging two tips: each gets back what was its own, and what came since stays."""

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from tipline.core import access, consent, events, files, merge, row_transfer, search
from tipline.core.access import Actor
from tipline.core.consent import latest
from tipline.core.counts import counters, day_counts
from tipline.core.merge import outcomes, unread_marks
from tipline.core.readers import resealing
from tipline.core.results import answer_rows
from tipline.core.row_transfer import Record
from tipline.core.spam import training
from tipline.core.tips import last_activity
from tipline.db import now
from tipline.errors import Refused
from tipline.models import (
    Answer,
    Consent,
    Direction,
    Event,
    Fact,
    IdentityAnswer,
    Message,
    Outgoing,
    ReaderContact,
    Status,
    StoredFile,
    Tip,
    TipTag,
    Verb,
)
from tipline.vocabularies import N_, ConsentChoice

NOT_MERGED = N_("This tip is not merged into another.")
MERGED_ON = N_("The tip it was merged into has itself been merged since. Unmerge that one first.")
NOT_KEPT = N_("They were merged before tipline recorded what moved, and can’t be unmerged.")


def unmerge(session: Session, tip_id: int, by: Actor) -> list[Event]:
    """Take a tip out of the one that it was merged into. NotVisible, NotAllowed; Refused where that can't be.

    What was written since stays where it is, and so does what the gallery lost. Where the reader allowed less since,
    that counts for both.
    """
    tip, target = _locked(session, tip_id, by)
    assert tip.id is not None and target.id is not None
    of_target, of_tip = merge_event(session, target.id, tip.id), _own(session, tip.id)
    record = Record(session, of_target.id or 0) if of_target else None
    moved = record.read() if record else {}
    if of_target is None or record is None or not moved:
        raise Refused(NOT_KEPT)
    tip.merged_into = None
    session.add(tip)
    session.flush()
    counters.move(session, tip, None, counters.standing(tip))
    _give_back(session, tip, target, moved)
    _forget_contacts(session, moved)
    tags = moved.get(merge.TAG, [])
    session.execute(delete(TipTag).where(col(TipTag.tip_id) == target.id, col(TipTag.tag_id).in_(tags)))
    last = session.scalar(select(func.max(col(Event.id)))) or 0
    _consent(session, tip, target, moved, by)
    record.note(merge.CONSENT_EVENT, merge.consents_since(session, target.id, last))
    if of_tip is not None:
        Record(session, of_tip.id or 0).note(merge.CONSENT_EVENT, merge.consents_since(session, tip.id, last))
    outcomes.restore(session, target, record, by)
    _teach(session, tip)
    for one in (tip, target):
        last_activity.recount(session, one)
        one.updated_at, one.facts_version = now(), 0
        day_counts.answered_anew(session, one)
        search.put(session, one.id or 0)
    unread_marks.unmerged(session, target, tip, record, of_target)
    first = events.record(session, Verb.UNMERGED, by=by, tip_id=target.id, object_id=tip.id, undoes=of_target.id)
    after, undoes = str(target.id), of_tip.id if of_tip else None
    return [first, events.record(session, Verb.UNMERGED, by=by, tip_id=tip.id, after=after, undoes=undoes)]


def came_since(session: Session, tip_id: int, target_id: int) -> int:
    """How many messages the target got since the tip was merged into it: they would stay there."""
    event = merge_event(session, target_id, tip_id)
    since = col(Message.tip_id) == target_id, col(Message.created_at) > (event.at if event else now())
    return session.scalar(select(func.count()).select_from(Message).where(*since)) or 0


def _locked(session: Session, tip_id: int, by: Actor) -> tuple[Tip, Tip]:
    tip = access.tip(session, tip_id, by)
    if tip.merged_into is None:
        raise Refused(NOT_MERGED)
    target = access.tip(session, tip.merged_into, by)
    for one in sorted((tip, target), key=lambda found: found.id or 0):
        access.tip_to_work(session, one.id or 0, by)
        session.refresh(one)
    if tip.merged_into != target.id:
        raise Refused(NOT_MERGED)
    if target.merged_into is not None:
        raise Refused(MERGED_ON)
    return tip, target


def merge_event(session: Session, target_id: int, tip_id: int) -> Event | None:
    """The event by which a tip was last merged into another, as the other's history tells it."""
    return _last(session, target_id, col(Event.object_id) == tip_id)


def _own(session: Session, tip_id: int) -> Event | None:
    return _last(session, tip_id, col(Event.object_id).is_(None))


def _last(session: Session, tip_id: int, which: object) -> Event | None:
    query = select(Event).where(col(Event.tip_id) == tip_id, col(Event.verb) == Verb.MERGED, which)  # type: ignore[arg-type]
    return session.scalars(query.order_by(col(Event.id).desc()).limit(1)).first()


def _give_back(session: Session, tip: Tip, target: Tip, moved: dict[str, list[int]]) -> None:
    """Each row to the other of the two, where it is still with one of them."""
    assert tip.id is not None and target.id is not None
    found = {table: moved.get(row_transfer.name(table), []) for table in row_transfer.TABLES}
    back = {table: row_transfer.among(session, table, ids, target.id) for table, ids in found.items()}
    again = {
        table: row_transfer.among(session, table, found[table], tip.id) for table in (Answer, IdentityAnswer, Fact)
    }
    if tip.reader_id != target.reader_id:
        resealing.messages(session, back[Message], target.reader_id, tip.reader_id)
        resealing.answers(session, back[IdentityAnswer], tip.reader_id)
    for table, ids in back.items():
        row_transfer.carry(session, table, ids, tip.id)
    for table, ids in again.items():
        row_transfer.carry(session, table, ids, target.id)
    day_counts.replies_carried(session, back[Outgoing], target, tip)
    answer_rows.point(session, tip.id)
    answer_rows.point(session, target.id)
    _count_files(session, tip, target, back[StoredFile])


def _count_files(session: Session, tip: Tip, target: Tip, ids: list[int]) -> None:
    """Those of our replies are not counted."""
    query = select(col(StoredFile.type)).outerjoin(Message, col(Message.id) == col(StoredFile.message_id))
    ours = col(Message.direction).is_not_distinct_from(Direction.OUT)
    tip.files, tip.photos = files.of_types(session.scalars(query.where(col(StoredFile.id).in_(ids), ~ours)))
    target.files, target.photos = max(0, target.files - tip.files), max(0, target.photos - tip.photos)


def _forget_contacts(session: Session, moved: dict[str, list[int]]) -> None:
    session.execute(delete(ReaderContact).where(col(ReaderContact.id).in_(moved.get(merge.CONTACT, []))))
    proven = col(ReaderContact.id).in_(moved.get(merge.PROVEN, []))
    session.execute(update(ReaderContact).where(proven).values(proven=False))


def _consent(session: Session, tip: Tip, target: Tip, moved: dict[str, list[int]], by: Actor) -> None:
    """Each tip's own newest entry counts again, without the one that the merge made; what was said since counts for
    the target, and for the other tip too where it is stricter."""
    session.execute(delete(Consent).where(col(Consent.id).in_(moved.get(merge.CONSENT_MADE, []))))
    until = max(moved.get(merge.CONSENT_UNTIL, [0]))
    since = [entry for entry in consent.history(session, target.id or 0) if (entry.id or 0) > until]
    if not since:
        freed = col(Answer.id).in_(moved.get(merge.KEPT_OUT, []))
        session.execute(update(Answer).where(freed).values(withheld=False))
    session.flush()
    _stand(session, target, by)
    _stand(session, tip, by)
    said = latest.counting(since)
    if said is not None and latest.is_stricter(said.choice, tip.consent):
        consent.record(session, tip, said.choice, by=by, withheld=consent.kept_out(session, tip), source=tip.source)
    for one in (tip, target):
        for item in consent.published(session, one):
            if not consent.covers(session, one, item):
                consent.take_off(session, item, by)
        consent.take_names(session, one, by)
    session.flush()


def _stand(session: Session, tip: Tip, by: Actor) -> None:
    """What the entry says that counts is what a tip allows."""
    entries = consent.history(session, tip.id or 0)
    choice = entries[0].choice if entries else ConsentChoice.UNKNOWN
    if choice != tip.consent:
        events.record(session, Verb.CONSENT, by=by, tip_id=tip.id, before=tip.consent, after=choice)
        consent.stands(session, tip, choice)


def _teach(session: Session, tip: Tip) -> None:
    """What the merge took back of the lessons."""
    if tip.status is not Status.NEW and tip.status is not Status.CLOSED:
        training.soon(session, tip.id or 0, spam=tip.status is Status.SPAM)
