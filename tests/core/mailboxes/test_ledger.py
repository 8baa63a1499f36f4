from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlmodel import Session, col

from tests.fixtures_db import Cast
from tests.mails import mail, mails
from tipline.core import intake, mailboxes
from tipline.core.arrival import Arrival
from tipline.core.mailboxes import ledger, ledger_steps, quarantine
from tipline.core.mailboxes.ledger_steps import FiledMessage, RawBytes
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.mail import parse
from tipline.models import DataKey, Epoch, Event, Ledger, LedgerState, RawMail, Tip, TipAccess, Verb

LARGEST = 1_000_000


@pytest.fixture
def epoch(session: Session) -> Epoch:
    box = mailboxes.mailbox(session, "tips")
    assert box.id is not None
    return mailboxes.begin_epoch(session, box.id, "INBOX", 7)


def box_of(epoch: Epoch) -> int:
    return epoch.mailbox_id


def discover(session: Session, epoch: Epoch, *keys: str, size: int = 100) -> list[Ledger]:
    mailboxes.discover(session, epoch, [(key, size) for key in keys], LARGEST)
    return rows(session, epoch)


def rows(session: Session, epoch: Epoch) -> list[Ledger]:
    session.expire_all()
    return list(session.scalars(select(Ledger).where(col(Ledger.epoch_id) == epoch.id).order_by(col(Ledger.id))))


def store(session: Session, epoch: Epoch, row: Ledger, raw: bytes) -> bool:
    return bool(ledger_steps.store(session, box_of(epoch), [RawBytes(row.id, raw)]))


def file(session: Session, epoch: Epoch, row: Ledger, raw: bytes) -> int:
    arrival = parse.arrival(raw)
    filed = intake.receive(session, arrival, ledger_id=row.id)
    settle(session, epoch, row, filed.tip_id, arrival)
    return filed.tip_id


def settle(session: Session, epoch: Epoch, row: Ledger, tip_id: int, arrival: Arrival) -> None:
    assert arrival.headers
    ledger_steps.settle_filed(session, box_of(epoch), [FiledMessage(row.id, tip_id, arrival.headers.message_id)])


def states(session: Session, epoch: Epoch) -> list[str]:
    return [row.state.value for row in rows(session, epoch)]


def account(session: Session) -> ledger.MailboxAccount:
    (only,) = ledger.account(session)
    return only


def test_a_mailbox_is_made_once(session: Session) -> None:
    assert mailboxes.mailbox(session, "tips").id == mailboxes.mailbox(session, "tips").id


def test_rows_are_discovered_once_in_the_order_of_their_keys(session: Session, epoch: Epoch) -> None:
    keys = [str(uid) for uid in range(1, 2500)]
    mailboxes.discover(session, epoch, [(key, 1) for key in keys], LARGEST)
    mailboxes.discover(session, epoch, [(key, 1) for key in keys], LARGEST)
    assert [row.key for row in rows(session, epoch)] == keys
    assert mailboxes.unknown(session, _id(epoch), [*keys, "2500"]) == ["2500"]
    assert mailboxes.unknown(session, _id(epoch), ["1", "9999"]) == ["9999"]


def test_a_message_above_the_limit_is_oversize_and_comes_back_when_the_limit_is_raised(
    session: Session, epoch: Epoch
) -> None:
    discover(session, epoch, "1", size=LARGEST + 1)
    assert states(session, epoch) == ["oversize"]
    mailboxes.compare(session, epoch, ["1"], LARGEST)
    assert states(session, epoch) == ["oversize"]
    mailboxes.compare(session, epoch, ["1"], 2 * LARGEST)
    assert states(session, epoch) == ["discovered"]


def test_raw_bytes_are_sealed_under_a_key_of_their_own(session: Session, epoch: Epoch) -> None:
    first, second = discover(session, epoch, "1", "2")
    raws = mails(2)
    assert store(session, epoch, first, raws[0])
    assert store(session, epoch, second, raws[1])
    kept = session.scalars(select(RawMail)).all()
    assert len({one.key_id for one in kept}) == session.scalar(select(func.count()).select_from(DataKey)) == 2
    assert all(b"Story" not in (one.content or b"") for one in kept)
    assert ledger.original(session, first.id) == raws[0]


def test_large_raw_bytes_lie_sealed_in_the_file_store(session: Session, epoch: Epoch) -> None:
    (row,) = discover(session, epoch, "1")
    raw = mail(padding=400_000)
    store(session, epoch, row, raw)
    kept = session.get_one(RawMail, row.id)
    assert kept.content is None
    assert kept.stored_as
    sealed = session.info["files"].get(kept.stored_as)
    assert b"nine days" not in sealed
    assert ledger.original(session, row.id) == raw


def test_the_same_bytes_again_are_a_duplicate_linked_to_the_first(session: Session, epoch: Epoch) -> None:
    first, again, third = discover(session, epoch, "1", "2", "3")
    raws = [RawBytes(row.id, mail()) for row in (first, again)]
    assert ledger_steps.store(session, box_of(epoch), raws) == [first.id]
    assert not store(session, epoch, third, mail())
    assert states(session, epoch) == ["stored", "duplicate", "duplicate"]
    assert [row.duplicate_of for row in rows(session, epoch)] == [None, first.id, first.id]
    assert session.scalar(select(func.count()).select_from(RawMail)) == 1


def test_the_same_bytes_in_another_mailbox_are_no_duplicate(session: Session, epoch: Epoch) -> None:
    (row,) = discover(session, epoch, "1")
    store(session, epoch, row, mail())
    other = mailboxes.begin_epoch(session, mailboxes.mailbox(session, "other").id or 0, "INBOX", 7)
    (second,) = discover(session, other, "1")
    assert store(session, other, second, mail())


def test_a_reused_message_id_with_other_bytes_is_filed_and_flagged(session: Session, epoch: Epoch) -> None:
    first, second, third = discover(session, epoch, "1", "2", "3")
    raws = [mail(text, message_id="<one@x>") for text in ("first", "second")] + [mail("third", message_id="<two@x>")]
    for row, raw in zip((first, second, third), raws, strict=True):
        store(session, epoch, row, raw)
        file(session, epoch, row, raw)
    assert states(session, epoch) == ["filed"] * 3
    assert ["message_id_reused" in row.flags for row in rows(session, epoch)] == [False, True, False]
    assert session.scalar(select(func.count()).select_from(Tip)) == 3


def test_a_new_uidvalidity_begins_an_epoch_and_re_reads_are_duplicates(session: Session, epoch: Epoch) -> None:
    filed, unread = discover(session, epoch, "1", "2")
    store(session, epoch, filed, mail())
    file(session, epoch, filed, mail())
    second = mailboxes.begin_epoch(session, box_of(epoch), "INBOX", 8)
    assert states(session, epoch) == ["filed", "gone"]
    assert mailboxes.current_epoch(session, box_of(epoch), "INBOX") == second
    (again,) = discover(session, second, "1")
    assert not store(session, second, again, mail())
    mailboxes.compare(session, second, ["1"], LARGEST)
    mailboxes.compared(session, box_of(epoch), ["INBOX"], 1)
    session.expire_all()
    sums = account(session)
    assert (sums.on_server, sums.duplicate, sums.filed, sums.elsewhere, sums.gone) == (1, 1, 0, 1, 0)
    assert sums.reconciles
    assert unread.key == "2"


def test_the_same_uidvalidity_coming_back_is_an_epoch_of_its_own(session: Session, epoch: Epoch) -> None:
    mailboxes.begin_epoch(session, box_of(epoch), "INBOX", 8)
    third = mailboxes.begin_epoch(session, box_of(epoch), "INBOX", 7)
    assert third.n == 2


def test_low_is_the_end_of_the_finished_prefix(session: Session, epoch: Epoch) -> None:
    first, second, third = discover(session, epoch, "9", "10", "11")
    mailboxes.finished(session, epoch, 11)
    assert epoch.low == 9
    for row in (first, third):
        ledger_steps.quarantine(session, row.id, "malformed")
    mailboxes.finished(session, epoch, 11)
    assert epoch.low == 10
    ledger_steps.gone(session, box_of(epoch), second.id)
    mailboxes.finished(session, epoch, 11)
    assert epoch.low == 12
    mailboxes.finished(session, epoch, 0)
    assert epoch.low == 12


def test_a_comparison_finds_who_has_gone_who_is_back_and_who_was_missed(session: Session, epoch: Epoch) -> None:
    read, unread, stays = discover(session, epoch, "1", "2", "3")
    store(session, epoch, read, mail())
    mailboxes.compare(session, epoch, ["3", "4"], LARGEST)
    assert states(session, epoch) == ["stored", "gone", "discovered"]
    assert [row.present for row in rows(session, epoch)] == [False, False, True]
    mailboxes.compare(session, epoch, ["1", "2", "3"], LARGEST)
    assert states(session, epoch) == ["stored", "discovered", "discovered"]
    assert [row.present for row in rows(session, epoch)] == [True, True, True]
    assert (unread.key, stays.key) == ("2", "3")


def test_after_three_attempts_a_message_is_set_aside_and_the_others_are_not(session: Session, epoch: Epoch) -> None:
    unfetched, unread, fresh = discover(session, epoch, "1", "2", "3")
    ledger_steps.count_attempt(session, [unfetched.id])
    store(session, epoch, unread, mail())  # which is read next: the first try
    for _ in range(2):
        ledger_steps.give_up(session, box_of(epoch))
        assert states(session, epoch) == ["discovered", "stored", "discovered"]
        ledger_steps.count_attempt(session, [unfetched.id, unread.id])
    ledger_steps.give_up(session, box_of(epoch))
    assert states(session, epoch) == ["failed", "quarantined", "discovered"]
    assert [row.id for row in ledger_steps.to_fetch(session, _id(epoch), 10)] == [fresh.id]


def test_what_could_not_be_fetched_keeps_its_attempts_and_has_one_more_try_an_hour(
    session: Session, epoch: Epoch
) -> None:
    (row,) = discover(session, epoch, "1")
    for _ in range(3):
        ledger_steps.count_attempt(session, [row.id])
    ledger_steps.give_up(session, box_of(epoch))
    mailboxes.compare(session, epoch, ["1"], LARGEST)
    assert [(one.state, one.attempts) for one in rows(session, epoch)] == [(LedgerState.FAILED, 3)]
    session.execute(update(Ledger).values(settled_at=now() - timedelta(hours=1, minutes=1)))
    mailboxes.compare(session, epoch, ["1"], LARGEST)
    assert [(one.state, one.attempts) for one in rows(session, epoch)] == [(LedgerState.DISCOVERED, 3)]


def test_those_tried_before_come_after_those_never_tried(session: Session, epoch: Epoch) -> None:
    first, second = discover(session, epoch, "1", "2")
    ledger_steps.count_attempt(session, [first.id])
    assert [one.id for one in ledger_steps.to_fetch(session, _id(epoch), 10)] == [second.id, first.id]


def test_the_account_adds_up(session: Session, epoch: Epoch) -> None:
    keys = [str(uid) for uid in range(1, 8)]
    filed, twice, bad, failed, pending, missing, kept = discover(session, epoch, *keys)
    mailboxes.discover(session, epoch, [("8", LARGEST + 1)], LARGEST)
    raws = mails(3)
    ledger_steps.store(
        session,
        box_of(epoch),
        [
            RawBytes(filed.id, raws[0]),
            RawBytes(twice.id, raws[0]),
            RawBytes(bad.id, raws[1]),
            RawBytes(kept.id, raws[2]),
        ],
    )
    file(session, epoch, filed, raws[0])
    file(session, epoch, kept, raws[2])
    ledger_steps.quarantine(session, bad.id, "too_deep")
    for _ in range(3):
        ledger_steps.count_attempt(session, [failed.id])
    ledger_steps.give_up(session, box_of(epoch))
    ledger_steps.gone(session, box_of(epoch), missing.id)
    session.expire_all()
    sums = account(session)
    assert sums.reconciles
    assert sums.on_server == 7
    mailboxes.compare(session, epoch, ["1", "2", "3", "4", "5", "8"], LARGEST)
    mailboxes.compared(session, box_of(epoch), ["INBOX"], 6)
    session.expire_all()
    sums = account(session)
    assert sums.reconciles
    assert (sums.filed, sums.duplicate, sums.quarantined, sums.oversize, sums.pending) == (1, 1, 1, 1, 1)
    assert sums.failed == 1
    assert (sums.elsewhere, sums.gone, sums.on_server) == (1, 1, 6)
    assert sums.compared_at is not None
    assert pending.key == "5"


def test_an_error_keeps_its_first_moment_and_goes_when_the_mailbox_answers(session: Session) -> None:
    mailboxes.unwell(session, "tips", "login")
    since = account(session).error_since
    mailboxes.unwell(session, "tips", "timeout")
    assert (account(session).error, account(session).error_since) == ("timeout", since)
    mailboxes.well(session, account(session).id)
    session.expire_all()
    assert (account(session).error, account(session).error_since) == ("", None)


def test_the_desk_sees_what_was_set_aside(session: Session, epoch: Epoch) -> None:
    bad, _, _ = discover(session, epoch, "1", "2", "3")
    mailboxes.discover(session, epoch, [("4", LARGEST + 1)], LARGEST)
    store(session, epoch, bad, mail())
    ledger_steps.quarantine(session, bad.id, "malformed")
    found = {one.reason: one for one in quarantine.listed(session)}
    assert set(found) == {"malformed", "too_large"}
    assert (found["malformed"].readable, found["malformed"].again) == (True, True)
    assert (found["too_large"].readable, found["too_large"].again) == (False, False)
    assert (found["malformed"].mailbox, found["malformed"].folder) == ("tips", "INBOX")


def test_an_editor_downloads_a_quarantined_message_and_it_is_recorded(
    session: Session, epoch: Epoch, cast: Cast
) -> None:
    (row,) = discover(session, epoch, "1")
    store(session, epoch, row, mail())
    ledger_steps.quarantine(session, row.id, "malformed")
    assert ledger.raw(session, row.id, cast.alice) == mail()
    assert _verbs(session) == [Verb.QUARANTINED, Verb.ORIGINAL_SEEN]
    for other in (cast.bob, cast.dave, cast.ada):
        with pytest.raises(NotAllowed):
            ledger.raw(session, row.id, other)
    with pytest.raises(NotVisible):
        ledger.raw(session, 1, cast.alice)


def test_a_duplicates_original_is_that_of_the_first(session: Session, epoch: Epoch, cast: Cast) -> None:
    first, again = discover(session, epoch, "1", "2")
    store(session, epoch, first, mail())
    store(session, epoch, again, mail())
    assert ledger.raw(session, again.id, cast.alice) == mail()


def test_the_original_of_a_message_is_for_those_who_work_its_tip(session: Session, epoch: Epoch, cast: Cast) -> None:
    message_id, tip = _filed(session, epoch, cast)
    assert ledger.raw_of_message(session, message_id, cast.bob) == mail()
    assert Verb.ORIGINAL_SEEN in _verbs(session)
    with pytest.raises(NotAllowed):
        ledger.raw_of_message(session, message_id, cast.dave)
    for other in (cast.carol, cast.ada):
        with pytest.raises(NotVisible):
            ledger.raw_of_message(session, message_id, other)
    with pytest.raises(NotVisible):
        ledger.raw_of_message(session, 1, cast.alice)
    assert tip.source == "mail"


def test_a_restricted_tips_mail_is_for_those_named_alone(session: Session, epoch: Epoch, cast: Cast) -> None:
    message_id, tip = _filed(session, epoch, cast)
    tip.restricted = True
    session.add(tip)
    session.add(TipAccess(tip_id=tip.id or 0, account_id=cast.bob.account_id))
    session.flush()
    (row,) = rows(session, epoch)
    with pytest.raises(NotVisible):
        ledger.raw(session, row.id, cast.alice)
    with pytest.raises(NotVisible):
        ledger.raw_of_message(session, message_id, cast.alice)
    assert ledger.raw_of_message(session, message_id, cast.bob) == mail()


def test_try_again_puts_a_message_back_where_it_can_go_on(session: Session, epoch: Epoch, cast: Cast) -> None:
    bad, failed, fine = discover(session, epoch, "1", "2", "3")
    store(session, epoch, bad, mail())
    ledger_steps.quarantine(session, bad.id, "crashed")
    for _ in range(3):
        ledger_steps.count_attempt(session, [failed.id])
    ledger_steps.give_up(session, box_of(epoch))
    for row in (bad, failed):
        quarantine.read_again(session, row.id, cast.alice)
    assert states(session, epoch) == ["stored", "discovered", "discovered"]
    assert [row.attempts for row in rows(session, epoch)] == [0, 0, 0]
    assert _verbs(session).count(Verb.READ_AGAIN) == 2
    with pytest.raises(Refused):
        quarantine.read_again(session, fine.id, cast.alice)
    with pytest.raises(NotAllowed):
        quarantine.read_again(session, bad.id, cast.bob)


def _filed(session: Session, epoch: Epoch, cast: Cast) -> tuple[int, Tip]:
    (row,) = discover(session, epoch, "1")
    store(session, epoch, row, mail())
    arrival = replace(parse.arrival(mail(), received_at=now()), callout_id=cast.borders)
    filed = intake.receive(session, arrival, ledger_id=row.id)
    settle(session, epoch, row, filed.tip_id, arrival)
    return filed.message_id, session.get_one(Tip, filed.tip_id)


def _verbs(session: Session) -> Sequence[Verb]:
    ours = (Verb.QUARANTINED, Verb.ORIGINAL_SEEN, Verb.READ_AGAIN)
    return session.scalars(select(col(Event.verb)).where(col(Event.verb).in_(ours)).order_by(col(Event.id))).all()


def _id(epoch: Epoch) -> int:
    assert epoch.id is not None
    return epoch.id


def test_a_try_that_was_never_counted_is_not_taken_back_below_none(session: Session, epoch: Epoch) -> None:
    (row,) = discover(session, epoch, "1")
    ledger_steps.count_attempt(session, [row.id])
    for _ in range(2):
        ledger_steps.take_attempt_back(session, [row.id])
    assert [one.attempts for one in ledger_steps.to_fetch(session, epoch.id or 0, 5)] == [0]
