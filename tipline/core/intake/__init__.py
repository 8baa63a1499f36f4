"""The one way in: every story, whatever its source, becomes a tip or one more message of a tip here.

The caller commits. Nothing here looks at a socket, and nothing is refused: what a reader sent is filed as it is, cut
only where a column ends (the raw mail keeps everything).

A form's `arrival.text` is its first long answer, the story itself; `arrival.answers` holds all answers, that one too.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import callouts, consent, days, events, files, readers, row_batches, search, spam, vault
from tipline.core.access import Actor
from tipline.core.arrival import (
    Arrival,
    Attached,
    Automatic,
    ConsentChoice,
    ContactChoice,
    DeliveryReport,
    Source,
)
from tipline.core.consent import latest
from tipline.core.counts import counters, day_counts
from tipline.core.counts.counters import CountedState
from tipline.core.intake import added_forms, bounces, form_keys, mail_answers, message_rows, resubmission
from tipline.core.outbox import scheduled
from tipline.core.outgoing_mail import threads
from tipline.core.quotes import answers as quote_answers
from tipline.core.readers import receipts, redaction
from tipline.core.readers.display_names import short
from tipline.core.results import answer_rows
from tipline.core.spam import SpamScore
from tipline.core.text import storable
from tipline.core.text.search_query import TOKENS_VERSION
from tipline.core.tips import last_activity, merged, reminders, safe_contact
from tipline.core.tips.reopen import reopen
from tipline.core.triage import forward_credit
from tipline.db import now
from tipline.errors import NotVisible
from tipline.models import (
    ActorKind,
    Message,
    Outgoing,
    Reader,
    Status,
    Tip,
    Verb,
)


@dataclass(frozen=True, slots=True)
class Filed:
    """Where an arrival went. `submission_key` is what a form's receipt is made from, "" for other sources."""

    tip_id: int
    message_id: int
    new_tip: bool
    duplicate: bool = False
    submission_key: str = ""
    spam: bool = False  # it was filed as spam


def receive(
    session: Session,
    arrival: Arrival,
    *,
    by: Actor | None = None,
    ledger_id: int | None = None,
    own_domains: Collection[str] = (),
) -> Filed:
    """File an arrival: one more message of the tip that it proves to belong to, else a tip of its own.

    `by` is the reporter who typed it in (a phone call), `ledger_id` the row of the raw mail; `own_domains` are those of
    the newsroom's own people, whose forwards are credited to whom they quote. A form posted twice gives
    the first one's `Filed` again, with `duplicate`. Never commits.
    """
    arrival = storable.fitted(arrival)
    arrival = replace(arrival, received_at=min(arrival.received_at, now()))  # some clocks run ahead
    if arrival.submission_id and arrival.tip_id is not None:
        return _add_form(session, arrival, arrival.tip_id)
    if arrival.submission_id:
        return _receive_form(session, arrival, by)
    if arrival.tip_id is not None:
        tip = session.scalars(select(Tip).where(col(Tip.id) == arrival.tip_id).with_for_update()).one()
        return _add(session, tip, arrival, by, ledger_id)
    if arrival.headers is not None:
        if (returned := bounces.returned(session, arrival)) is not None:
            return _add_report(session, returned, arrival, ledger_id)
        match = threads.match(session, arrival)
        if match.tip is not None:
            arrival = mail_answers.answered(session, match.tip, arrival)
            return _add(session, match.tip, arrival, by, ledger_id)
        filed = _make(session, arrival, by, ledger_id, may_belong_to=match.may_belong_to)
        forward_credit.credit_ours(session, filed.tip_id, arrival, own_domains)
        return filed
    return _make(session, arrival, by, ledger_id)


def fingerprint(arrival: Arrival) -> str:
    """16 hex digits over what a form said, files left out: equal for the same words only, of which the same is
    allowed."""
    said: tuple[object, ...] = (
        arrival.text,
        tuple((answer.question_id, answer.value) for answer in arrival.answers),
        arrival.reader_name,
        arrival.reader_email,
        arrival.reader_phone,
        arrival.consent,
        arrival.contact,
        arrival.contact_note,
    )
    # beside the others only where there are any: the code of a receipt that was shown before hangs on it
    if kept := tuple(answer.question_id for answer in arrival.answers if answer.withheld):
        said = (*said, kept)
    return hashlib.blake2b(repr(said).encode(), digest_size=8).hexdigest()


def submission_key(arrival: Arrival) -> str:
    """What a form's receipt is made from: `Filed.submission_key`, known before the form is filed."""
    return _key(arrival, fingerprint(storable.fitted(arrival)))


def expect(session: Session, arrivals: Sequence[Arrival]) -> None:
    """Say which mails are filed next in this transaction: what `receive` needs of each is fetched for all at once."""
    addresses = {readers.normal_email(storable.email(a)) for a in arrivals if a.headers is not None} - {""}
    row_batches.one_at_a_time(session, *addresses)
    readers.meet(session, addresses)
    row_batches.expect(session, len(arrivals))


def attach(session: Session, tip_id: int, message_id: int, attached: Attached) -> int:
    """Add one file to a message that is committed already (a form's files come after its text); returns its id."""
    tip = session.scalars(select(Tip).where(col(Tip.id) == tip_id).with_for_update()).one()
    file_id = files.keep(session, tip_id, message_id, attached)
    files.count(tip, [attached])
    if last_activity.read_by_anyone(session, [tip_id]):  # before the file was there
        last_activity.note(session, tip)
    search.put(session, tip_id)
    return file_id


def _receive_form(session: Session, arrival: Arrival, by: Actor | None) -> Filed:
    """Same id and same words: the same tip. Same id, other words (a shared computer): a tip of its own, linked; what is
    allowed less now is allowed less of the others, too."""
    row_batches.one_at_a_time(session, arrival.submission_id)
    mark = fingerprint(arrival)
    of_form = col(Tip.submission_id) == arrival.submission_id
    # One form that a program sends ten thousand times must not be looked through each time.
    first_few = select(col(Tip.id)).where(of_form).order_by(col(Tip.id)).limit(spam.MANY_STORIES)
    earlier = [tip_id for tip_id in session.scalars(first_few) if tip_id is not None]
    same = session.scalar(select(col(Tip.id)).where(of_form, col(Tip.submission_print) == mark))
    if same is not None:
        resubmission.tighten(session, [one for one in earlier if one != same], arrival)
        if (there := form_keys.message_of(session, _key(arrival, mark))) is None:
            raise NotVisible("message")
        return _again(there, _key(arrival, mark))
    resubmission.tighten(session, earlier, arrival)
    first = earlier[0] if earlier else None
    return _make(session, arrival, by, None, may_belong_to=first, mark=mark, others=len(earlier))


def _add_form(session: Session, arrival: Arrival, tip_id: int) -> Filed:
    """A form that answers for a tip, or what was added on its reader's page: one more message of it, once. NotVisible
    where the tip was erased."""
    row_batches.one_at_a_time(session, arrival.submission_id)
    tip = merged.standing(session, tip_id, lock=True)
    if tip is None or tip.id is None:
        raise NotVisible("tip")
    key = _key(arrival, fingerprint(arrival))
    if (there := form_keys.message_of(session, key)) is not None:
        return _again(there, key)
    readers.learn(session, session.get_one(Reader, tip.reader_id), arrival)
    if arrival.contact is not ContactChoice.UNKNOWN:
        safe_contact.said(session, tip, arrival.contact)
    told = added_forms.told(session, tip, arrival) if arrival.source is Source.FORM else arrival
    return replace(_add(session, tip, told, None, None, key=key), submission_key=key)


def _again(there: Message, key: str) -> Filed:
    """Where a form went that is sent once more."""
    return Filed(there.tip_id, there.id, new_tip=False, duplicate=True, submission_key=key)


def _key(arrival: Arrival, mark: str) -> str:
    return f"{arrival.submission_id}:{mark}" if mark else ""


def _make(
    session: Session,
    arrival: Arrival,
    by: Actor | None,
    ledger_id: int | None,
    *,
    may_belong_to: int | None = None,
    mark: str = "",
    others: int = 0,
) -> Filed:
    if arrival.headers is not None and arrival.reader_email:
        row_batches.one_at_a_time(session, readers.normal_email(arrival.reader_email))
    reader = readers.reader_of(session, arrival)
    tip_id, callout_id = row_batches.next_id(session, Tip), _callout_id(session, arrival)
    verdict = spam.judge(session, replace(arrival, callout_id=callout_id), others=others) if by is None else SpamScore()
    status = Status.SPAM if verdict.is_spam else Status.NEW
    _write_tip(
        session,
        arrival,
        id=tip_id,
        callout_id=callout_id,
        reader_id=reader.id,
        status=status,
        spam_score=verdict.score,
        may_belong_to=may_belong_to,
        submission_print=mark or None,
        code_hash=receipts.hash_by(vault.master(session), _key(arrival, mark)) if mark else None,
    )
    came = day_counts.day_of(arrival.received_at), arrival.source, arrival.language
    counters.count(session, CountedState(callout_id, *came, status))
    _note_received(session, tip_id, arrival, by, verdict)
    key = _key(arrival, mark)
    message_id = message_rows.write(session, tip_id, reader, arrival, by, ledger_id, fresh=True, key=key)
    answer_rows.write(session, tip_id, reader, arrival)
    if arrival.consent is not ConsentChoice.UNKNOWN:
        consent.record(session, session.get_one(Tip, tip_id), arrival.consent, arrival, by=by)
    search.put_fresh(
        session,
        tip_id,
        arrival.received_at,
        story=(arrival.subject, arrival.text),
        answers=(answer.value for answer in arrival.answers if answer.value and not answer.identity),
        files=(attachment.name for attachment in arrival.attachments),
        names=(reader.name, short(reader.name)),
        known=redaction.of_arrival(session, reader, arrival),
    )
    return Filed(tip_id, message_id, new_tip=True, submission_key=key, spam=verdict.is_spam)


def _write_tip(session: Session, arrival: Arrival, **more: object) -> None:
    """The row of a new tip: what the arrival says of it, and `more` columns that it does not know."""
    many, photos = files.counted(arrival.attachments)
    row_batches.write(
        session,
        Tip,
        source=arrival.source,
        contact=_contact(arrival),
        language=arrival.language,
        title=storable.title(arrival),
        excerpt=storable.excerpt(arrival.text),
        automatic=arrival.automatic is not Automatic.NO,
        forwarded=arrival.forwarded,
        files=many,
        photos=photos,
        received_at=arrival.received_at,
        updated_at=arrival.received_at,
        reader_wrote_at=arrival.received_at,
        active_at=arrival.received_at,
        submission_id=arrival.submission_id or None,
        tokens_version=TOKENS_VERSION,
        **more,
    )


def _note_received(session: Session, tip_id: int, arrival: Arrival, by: Actor | None, verdict: SpamScore) -> None:
    """That it came, by which signs it looks like spam, and that it was filed so."""
    system, said = ActorKind.SYSTEM, spam.as_words(verdict)
    who, source, at = by or ActorKind.READER, arrival.source, arrival.received_at
    events.note(session, Verb.RECEIVED, by=who, tip_id=tip_id, before=said, after=source, at=at)
    if verdict.is_spam:
        events.note(session, Verb.STATUS, by=system, tip_id=tip_id, before=Status.NEW, after=Status.SPAM)


def _callout_id(session: Session, arrival: Arrival) -> int:
    callout_id = arrival.callout_id or callouts.general(session).id
    assert callout_id is not None
    return callout_id


def _contact(arrival: Arrival) -> ContactChoice:
    """Who writes by mail may be answered by mail; anybody else has to say how."""
    if arrival.contact is ContactChoice.UNKNOWN and arrival.source is Source.MAIL:
        return ContactChoice.EMAIL
    return arrival.contact


def _add(
    session: Session, tip: Tip, arrival: Arrival, by: Actor | None, ledger_id: int | None, *, key: str = ""
) -> Filed:
    """One more message of a tip. A tip that waited for its reader, or was done with, asks for attention again."""
    assert tip.id is not None
    reader = readers.key_of(session, session.get_one(Reader, tip.reader_id))
    message_id = message_rows.write(session, tip.id, reader, arrival, by, ledger_id, key=key)
    files.count(tip, arrival.attachments)
    answer_rows.revise(session, tip.id, reader, arrival)
    _change_consent(session, tip, arrival, message_id)
    quote_answers.note(session, tip, arrival, message_id)
    who, doubts = by or ActorKind.READER, " ".join(sorted(arrival.unsure))
    events.note(session, Verb.MESSAGE, by=who, tip_id=tip.id, object_id=message_id, before=doubts, after=arrival.source)
    tip.updated_at, tip.facts_version = now(), 0
    if arrival.automatic is Automatic.NO:
        tip.reader_wrote_at = max(tip.reader_wrote_at, arrival.received_at, tip.updated_at)
        last_activity.note(session, tip, tip.reader_wrote_at)
        scheduled.hold(session, tip.id)
        reminders.wake(tip)
        reopen(session, tip, (Status.WAITING, Status.CLOSED))
    session.add(tip)
    session.flush()
    search.put(session, tip.id)
    return Filed(tip.id, message_id, new_tip=False)


def _change_consent(session: Session, tip: Tip, arrival: Arrival, message_id: int) -> None:
    """What the message says is allowed from now on. A form says of each of its answers whether it stays out of print;
    a mail says nothing of that. A mail that no server vouches for allows nothing: whoever has an old mail of ours may
    have written it with the reader's address. It may ask for less."""
    withheld, kept = None, {one.question_id for one in arrival.answers if one.withheld}
    unsaid = arrival.consent is ConsentChoice.UNKNOWN
    if unsaid and not kept:
        return
    if arrival.source is Source.FORM:
        here = {answer.question_id for answer in arrival.answers}
        withheld = consent.kept_out(session, tip) - here | kept
    choice, evidence = tip.consent if unsaid else arrival.consent, session.get_one(Message, message_id)
    doubtful = arrival.source is Source.MAIL and arrival.sender_confirmed is not True
    if doubtful and latest.loosens(tip.consent, choice):
        return
    consent.change(session, tip, choice, arrival, today=days.today(session), withheld=withheld, evidence=evidence)


def _add_report(session: Session, out: Outgoing, arrival: Arrival, ledger_id: int | None) -> Filed:
    """A delivery report joins the conversation whose mail it gives back, and is nobody's word in it."""
    tip = session.scalars(select(Tip).where(col(Tip.id) == out.tip_id).with_for_update()).one()
    assert tip.id is not None
    reader = readers.key_of(session, session.get_one(Reader, tip.reader_id))
    message_id = message_rows.write(session, tip.id, reader, bounces.veiled(session, out, arrival), None, ledger_id)
    system = ActorKind.SYSTEM
    events.note(session, Verb.MESSAGE, by=system, tip_id=tip.id, object_id=message_id, after=arrival.source)
    tip.updated_at = now()
    session.add(tip)
    session.flush()
    bounces.settle(session, tip, out, arrival.report or DeliveryReport(), message_id)
    search.put(session, tip.id)
    return Filed(tip.id, message_id, new_tip=False)
