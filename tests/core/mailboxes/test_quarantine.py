from collections.abc import Sequence

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from tests.fixtures_db import Cast
from tests.mails import mail
from tipline.core import intake, mailboxes
from tipline.core.mailboxes import ledger, ledger_steps, quarantine
from tipline.core.mailboxes.ledger_steps import RawBytes
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.mail import manual_entry
from tipline.models import Epoch, Event, Ledger, LedgerState, RawMail, StoredFile, Tip, TipAccess, Verb

LARGEST = 1_000_000
HEAD = b"From: Mei Lin <mei@reader.example>\r\nSubject: Stranded\r\n\r\n"


@pytest.fixture
def epoch(session: Session) -> Epoch:
    return mailboxes.begin_epoch(session, mailboxes.mailbox(session, "tips").id or 0, "INBOX", 7)


def row(session: Session, epoch: Epoch, key: str = "1", size: int = 100) -> int:
    """A message that was seen for the first time."""
    mailboxes.discover(session, epoch, [(key, size)], LARGEST)
    return session.scalars(select(col(Ledger.id)).where(col(Ledger.key) == key)).one()


def quarantined(session: Session, epoch: Epoch, raw: bytes, key: str = "1") -> int:
    ledger_id = row(session, epoch, key)
    ledger_steps.store(session, epoch.mailbox_id, [RawBytes(ledger_id, raw)])
    ledger_steps.quarantine(session, ledger_id, "too_deep")
    return ledger_id


def state(session: Session, ledger_id: int) -> str:
    session.expire_all()
    return session.get_one(Ledger, ledger_id).state.value


def verbs(session: Session) -> Sequence[Verb]:
    return session.scalars(select(col(Event.verb)).order_by(col(Event.id))).all()


def epoch_id(epoch: Epoch) -> int:
    assert epoch.id is not None
    return epoch.id


def test_sender_and_subject_of_what_is_not_fetched_are_kept_sealed_and_shown_for_the_record(
    session: Session, epoch: Epoch, cast: Cast
) -> None:
    large = row(session, epoch, size=LARGEST + 1)
    assert [one.id for one in ledger_steps.without_head(session, epoch_id(epoch), 10)] == [large]
    ledger_steps.keep_heads(session, {large: HEAD})
    assert ledger_steps.without_head(session, epoch_id(epoch), 10) == []
    assert b"mei" not in (session.get_one(RawMail, large).content or b"")
    assert quarantine.head(session, large, cast.alice) == HEAD
    assert verbs(session) == [Verb.IDENTITY_SEEN]
    for other in (cast.bob, cast.dave, cast.ada):
        with pytest.raises(NotAllowed):
            quarantine.head(session, large, other)
    with pytest.raises(NotVisible):
        ledger.raw(session, large, cast.alice)
    (found,) = quarantine.listed(session)
    assert (found.head, found.readable, found.fetchable, found.by_hand) == (True, False, True, True)


def test_a_server_that_gives_no_header_lines_is_not_asked_at_each_look(
    session: Session, epoch: Epoch, cast: Cast
) -> None:
    large = row(session, epoch, size=LARGEST + 1)
    ledger_steps.keep_heads(session, {large: b""})
    assert ledger_steps.without_head(session, epoch_id(epoch), 10) == []
    assert quarantine.head(session, large, cast.alice) == b""


def test_an_oversize_message_is_fetched_where_an_editor_wants_it(session: Session, epoch: Epoch, cast: Cast) -> None:
    large = row(session, epoch, size=LARGEST + 1)
    ledger_steps.keep_heads(session, {large: HEAD})
    with pytest.raises(NotAllowed):
        quarantine.fetch_anyway(session, large, cast.bob)
    quarantine.fetch_anyway(session, large, cast.alice)
    mailboxes.compare(session, epoch, ["1"], LARGEST)
    assert state(session, large) == "discovered"
    assert [one.id for one in ledger_steps.to_fetch(session, epoch_id(epoch), 10)] == [large]
    raw = mail(padding=2000)
    ledger_steps.store(session, epoch.mailbox_id, [RawBytes(large, raw)])
    assert ledger.original(session, large) == raw
    with pytest.raises(Refused):
        quarantine.fetch_anyway(session, large, cast.alice)


def test_what_is_far_too_large_or_gone_is_not_fetched(session: Session, epoch: Epoch, cast: Cast) -> None:
    huge = row(session, epoch, "1", size=quarantine.MAX_FETCHED_BYTES + 1)
    away = row(session, epoch, "2", size=LARGEST + 1)
    mailboxes.compare(session, epoch, ["1"], LARGEST)
    for ledger_id in (huge, away):
        with pytest.raises(Refused):
            quarantine.fetch_anyway(session, ledger_id, cast.alice)


def test_a_raised_limit_makes_room_for_the_whole_message(session: Session, epoch: Epoch) -> None:
    large = row(session, epoch, size=LARGEST + 1)
    ledger_steps.keep_heads(session, {large: HEAD})
    mailboxes.compare(session, epoch, ["1"], 2 * LARGEST)
    assert state(session, large) == "discovered"
    ledger_steps.store(session, epoch.mailbox_id, [RawBytes(large, mail())])
    assert ledger.original(session, large) == mail()


def test_a_quarantined_mail_becomes_a_tip_by_hand_with_itself_as_a_file(
    session: Session, epoch: Epoch, cast: Cast
) -> None:
    raw = mail(subject="Stranded at the border")
    ledger_id = quarantined(session, epoch, raw)
    found, content = quarantine.material(session, ledger_id, cast.alice)
    assert (found, content) == (LedgerState.QUARANTINED, raw)
    arrival = manual_entry.arrival(content, cast.overtime, "She waits.", attach=True)
    filed = quarantine.file_by_hand(session, ledger_id, arrival, cast.alice)
    tip = session.get_one(Tip, filed.tip_id)
    assert (tip.callout_id, tip.title, tip.files) == (cast.overtime, "Stranded at the border", 1)
    assert session.scalars(select(StoredFile)).one().name == manual_entry.NAME
    assert state(session, ledger_id) == "filed"
    assert Verb.RECEIVED in verbs(session)
    assert ledger.raw_of_message(session, filed.message_id, cast.alice) == raw
    with pytest.raises(Refused):
        quarantine.file_by_hand(session, ledger_id, arrival, cast.alice)
    assert quarantine.listed(session) == []


def test_an_oversize_mail_becomes_a_tip_by_hand_with_who_sent_it(session: Session, epoch: Epoch, cast: Cast) -> None:
    large = row(session, epoch, size=LARGEST + 1)
    ledger_steps.keep_heads(session, {large: HEAD})
    _, content = quarantine.material(session, large, cast.alice)
    arrival = manual_entry.arrival(content, cast.borders, "", attach=False)
    assert (arrival.reader_email, arrival.subject) == ("mei@reader.example", "Stranded")
    filed = quarantine.file_by_hand(session, large, arrival, cast.alice)
    assert session.scalar(select(func.count()).select_from(RawMail)) == 0
    with pytest.raises(NotVisible):
        ledger.raw_of_message(session, filed.message_id, cast.alice)
    (sums,) = ledger.account(session)
    assert sums.reconciles and sums.filed == 1


def test_without_any_header_a_tip_by_hand_is_still_made(session: Session, epoch: Epoch, cast: Cast) -> None:
    large = row(session, epoch, size=LARGEST + 1)
    _, content = quarantine.material(session, large, cast.alice)
    assert content == b""
    quarantine.file_by_hand(session, large, manual_entry.arrival(content, cast.borders, "", attach=False), cast.alice)
    assert state(session, large) == "filed"


def test_only_editors_file_by_hand(session: Session, epoch: Epoch, cast: Cast) -> None:
    ledger_id = quarantined(session, epoch, mail())
    for other in (cast.bob, cast.dave, cast.ada):
        with pytest.raises(NotAllowed):
            quarantine.material(session, ledger_id, other)


def test_a_message_that_disappeared_is_an_alarm_until_somebody_saw_to_it(
    session: Session, epoch: Epoch, cast: Cast
) -> None:
    ledger_id = row(session, epoch)
    ledger_steps.gone(session, epoch.mailbox_id, ledger_id)
    assert ledger.account(session)[0].gone == 1
    quarantine.seen_to(session, ledger_id, cast.alice)
    assert ledger.account(session)[0].gone == 0
    assert quarantine.listed(session) == []
    with pytest.raises(Refused):
        quarantine.seen_to(session, ledger_id, cast.alice)
    mailboxes.compare(session, epoch, ["1"], LARGEST)
    assert state(session, ledger_id) == "discovered", "put back, it is read"


def test_a_duplicates_tip_is_named_to_those_who_see_it_and_its_original_kept_from_the_others(
    session: Session, epoch: Epoch, cast: Cast
) -> None:
    first, again = row(session, epoch, "1"), row(session, epoch, "2")
    ledger_steps.store(session, epoch.mailbox_id, [RawBytes(first, mail()), RawBytes(again, mail())])
    filed = intake.receive(session, manual_entry.arrival(mail(), cast.borders, "x", attach=False), ledger_id=first)
    session.get_one(Ledger, first).tip_id = filed.tip_id
    session.get_one(Ledger, first).state = LedgerState.FILED
    session.flush()
    (found,) = quarantine.listed(session, [LedgerState.DUPLICATE], by=cast.alice)
    assert (found.tip_id, found.readable) == (filed.tip_id, True)
    assert ledger.raw(session, again, cast.alice) == mail()
    session.get_one(Tip, filed.tip_id).restricted = True
    session.add(TipAccess(tip_id=filed.tip_id, account_id=cast.bob.account_id))
    session.flush()
    (found,) = quarantine.listed(session, [LedgerState.DUPLICATE], by=cast.alice)
    assert found.tip_id is None
    with pytest.raises(NotVisible):
        ledger.raw(session, again, cast.alice)


def test_the_lists_are_counted(session: Session, epoch: Epoch) -> None:
    quarantined(session, epoch, mail(), "1")
    row(session, epoch, "2", size=LARGEST + 1)
    found = quarantine.counts(session)
    assert (found[LedgerState.QUARANTINED], found[LedgerState.OVERSIZE], found[LedgerState.GONE]) == (1, 1, 0)
