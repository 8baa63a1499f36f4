"""The mailbox that a tip's mails came to."""

from sqlmodel import Session

from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tests.mails import mail
from tipline.core import mailboxes, merge
from tipline.core.mailboxes import ledger_steps
from tipline.core.mailboxes.ledger_steps import FiledMessage, RawBytes
from tipline.core.tips import source_mailbox


def arrive(session: Session, tip_id: int, mailbox: str) -> None:
    """A mail that was filed with a tip."""
    epoch = mailboxes.begin_epoch(session, mailboxes.mailbox(session, mailbox).id or 0, "INBOX", 7)
    mailboxes.discover(session, epoch, [("1", 100)], 1_000_000)
    (waiting,) = ledger_steps.to_fetch(session, epoch.id or 0, 10)
    ledger_steps.store(session, epoch.mailbox_id, [RawBytes(waiting.id, mail())])
    ledger_steps.settle_filed(session, epoch.mailbox_id, [FiledMessage(waiting.id, tip_id, "")])


def test_a_tip_is_answered_from_the_mailbox_of_its_latest_mail_even_after_a_merge(session: Session, cast: Cast) -> None:
    first, second = (make_tip(session, cast.borders).id or 0 for _ in range(2))
    assert source_mailbox.name(session, first) == ""
    arrive(session, first, "tips")
    arrive(session, second, "china")
    assert source_mailbox.name(session, first) == "tips"
    merge.merge(session, second, cast.alice, TODAY, into=first)
    assert (source_mailbox.name(session, first), source_mailbox.name(session, second)) == ("china", "")
