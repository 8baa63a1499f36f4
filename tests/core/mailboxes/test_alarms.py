from datetime import timedelta

import pytest
from sqlmodel import Session

from tipline.core import mailboxes
from tipline.core.mailboxes import alarms, leases, ledger, ledger_steps
from tipline.core.mailboxes.alarms import GONE, SILENT
from tipline.db import now
from tipline.models import Mailbox


@pytest.fixture
def box(session: Session) -> Mailbox:
    found = mailboxes.mailbox(session, "tips")
    found.compared_at = now()
    session.flush()
    return found


def reasons(session: Session) -> list[str]:
    session.flush()
    return [alarm.reason for alarm in alarms.alarms(session)]


def test_a_mailbox_that_is_well_is_no_alarm_and_the_outbox_is_no_mailbox(session: Session, box: Mailbox) -> None:
    leases.take(session, ledger.OUTBOX, "a")
    session.get_one(Mailbox, leases.take(session, ":else", "a")[0]).compared_at = now()
    assert reasons(session) == []


def test_half_an_hour_without_a_full_comparison_is_silence(session: Session, box: Mailbox) -> None:
    box.compared_at = now() - timedelta(minutes=29)
    assert reasons(session) == []
    box.compared_at = now() - timedelta(minutes=31)
    assert reasons(session) == [SILENT]


def test_a_mailbox_that_was_never_compared_is_silent_from_its_making_on(session: Session, box: Mailbox) -> None:
    box.compared_at, box.created_at = None, now() - timedelta(minutes=31)
    assert reasons(session) == [SILENT]


@pytest.mark.parametrize("reason", ["login", "folder", "token", "grant"])
def test_what_only_a_person_can_end_is_said_at_once(session: Session, box: Mailbox, reason: str) -> None:
    mailboxes.unwell(session, "tips", reason)
    assert reasons(session) == [reason]


@pytest.mark.parametrize("reason", ["connect", "timeout", "closed", "internal"])
def test_what_may_pass_by_itself_is_said_after_five_minutes(session: Session, box: Mailbox, reason: str) -> None:
    mailboxes.unwell(session, "tips", reason)
    assert reasons(session) == []
    box.error_since = now() - timedelta(minutes=6)
    assert reasons(session) == [reason]


def test_a_message_that_disappeared_is_an_alarm_and_one_of_a_folders_former_life_is_none(
    session: Session, box: Mailbox
) -> None:
    epoch = mailboxes.begin_epoch(session, box.id or 0, "INBOX", 7)
    mailboxes.discover(session, epoch, [("1", 10), ("2", 10)], 100)
    (first, _) = ledger_steps.to_fetch(session, epoch.id or 0, 10)
    ledger_steps.gone(session, box.id or 0, first.id)
    mailboxes.begin_epoch(session, box.id or 0, "INBOX", 8)
    (found,) = alarms.alarms(session)
    assert (found.reason, found.count) == (GONE, 1)
