"""A message whose fetch always breaks blocks nothing: no other message, no other folder, and not the mailbox's pace."""

import re
import time

import pytest
from sqlmodel import Session

from tests.faults.whole import look, states, sums
from tests.fixtures_db import Cast
from tests.mails import mails
from tests.servers.scripted import Scripted
from tests.test_worker import job
from tests.test_worker import settings as worker_settings
from tipline.core.mailboxes import quarantine
from tipline.db import Database
from tipline.mail_settings import MailboxSettings
from tipline.models import LedgerState
from tipline.worker import UNTOLD_SECONDS, Worker

RAWS = mails(4)
CUT, NO, NIL = "* 1 FETCH (UID 1 BODY[] {900}\r\nabc", "NO internal error", "* 1 FETCH (UID 1 BODY[] NIL)"


class Poisoned(Scripted):
    """INBOX holds UIDs 1 and 2, Junk 1 and 2 of its own; INBOX's first always breaks with `fault`."""

    def __init__(self, fault: str, broken: str = "BODY.PEEK[") -> None:
        super().__init__(closes_after="POISON" if fault == CUT else "")
        self.fault: str | None = fault
        self._broken = broken
        self._here = "INBOX"

    def _said(self, name: str, rest: str) -> tuple[str, str]:
        if name == "EXAMINE":
            self._here = "JUNK" if "JUNK" in rest else "INBOX"
        if name == "SEARCH":
            return name, "* SEARCH 1 2"
        if name != "FETCH":
            return super()._said(name, rest)
        uids = [int(uid) for uid in re.findall(r"\d+", rest.split()[2])]
        if self._here == "INBOX" and 1 in uids and self.fault and self._broken in rest:
            return "POISON", self.fault
        return name, "\r\n".join(self._one(uid, rest) for uid in uids)

    def _one(self, uid: int, rest: str) -> str:
        raw = RAWS[uid - 1 + (2 if self._here == "JUNK" else 0)].decode()
        told = f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)}"
        if "HEADER" in rest:
            return told + " BODY[HEADER.FIELDS (FROM SUBJECT DATE)]<0> {2}\r\n\r\n)"
        return told + (f" BODY[] {{{len(raw)}}}\r\n{raw})" if "BODY" in rest else ")")


def box(server: Scripted) -> dict[str, object]:
    return {
        "host": "127.0.0.1", "port": server.port, "security": "none", "user": "u", "password": "p",
        "folders": ["INBOX", "Junk"],
    }  # fmt: skip


@pytest.mark.parametrize("fault", [CUT, NO, NIL], ids=["cut", "NO", "NIL"])
def test_a_message_that_always_breaks_blocks_nobody_and_is_set_aside_after_three_tries(
    database: Database, session: Session, cast: Cast, fault: str
) -> None:
    with Poisoned(fault) as server:
        settings = MailboxSettings.model_validate(box(server))
        look(database, settings)
        assert sorted(states(database)) == ["discovered", "filed", "filed", "filed"], "in the same look"
        look(database, settings)
        look(database, settings)
        assert sorted(states(database)) == ["failed", "filed", "filed", "filed"]
        for _ in range(3):
            look(database, settings)  # each with a comparison
        asked = len(re.findall("BODY.PEEK\\[\\]", server.heard))
        look(database, settings)
        assert len(re.findall("BODY.PEEK\\[\\]", server.heard)) == asked, "it is not asked for at each look"
        assert sums(database).reconciles
        (named,) = quarantine.listed(session)
        assert (named.state, named.again, named.attempts) == (LedgerState.FAILED, True, 3)
        server.fault = None
        quarantine.read_again(session, named.ledger_id, cast.alice)
        session.commit()
        look(database, settings)
        assert states(database) == ["filed"] * 4
        assert server.only_read


@pytest.mark.parametrize("fault", [CUT, NO], ids=["cut", "NO"])
def test_a_message_that_always_breaks_costs_the_mailbox_neither_its_pace_nor_its_health(
    database: Database, fault: str
) -> None:
    with Poisoned(fault) as server:
        post = job(Worker(worker_settings(tips=box(server)), database), "mailbox tips")
        for _ in range(8):
            post.step()
            assert post.failures == 0
            assert post.due_at - time.monotonic() <= UNTOLD_SECONDS
            assert sums(database).error == ""
        assert sorted(states(database)) == ["failed", "filed", "filed", "filed"]


@pytest.mark.parametrize("fault", [CUT, NO], ids=["cut", "NO"])
def test_a_folder_that_can_not_be_listed_leaves_the_others_to_be_read_at_their_pace(
    database: Database, fault: str
) -> None:
    with Poisoned(fault, broken="") as server:
        post = job(Worker(worker_settings(tips=box(server)), database), "mailbox tips")
        post.step()
        assert states(database).count("filed") >= 2, "those in Junk"
        assert post.failures == 0
        assert post.due_at - time.monotonic() <= UNTOLD_SECONDS
