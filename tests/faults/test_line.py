"""Lines that break between us and the real server."""

import pytest

from tests.faults.whole import Inbox, held, look
from tests.mails import mail, mails
from tests.servers.cutting import Cutting
from tests.servers.dovecot import Dovecot
from tipline.db import Database
from tipline.errors import MailboxUnreachable
from tipline.mail import imap

RAWS = [*mails(2), mail("A long one", padding=60_000)]


@pytest.mark.parametrize("after", [100, 1000])
def test_a_line_that_is_cut_before_a_message_loses_nothing(database: Database, inbox: Inbox, after: int) -> None:
    inbox.put(*RAWS)
    before = inbox.state()
    with Cutting(inbox.dovecot.port, cut_after=after) as proxy:
        with pytest.raises(MailboxUnreachable):
            look(database, inbox.through(proxy.port))
        assert not proxy.cuts
        look(database, inbox.through(proxy.port))
    held(database, *RAWS)
    assert inbox.state() == before


@pytest.mark.parametrize("after", [3000, 20_000])
def test_a_line_that_is_cut_in_a_message_is_taken_up_again_in_the_same_look(
    database: Database, inbox: Inbox, after: int
) -> None:
    inbox.put(*RAWS)
    before = inbox.state()
    with Cutting(inbox.dovecot.port, cut_after=after) as proxy:
        look(database, inbox.through(proxy.port))
        assert not proxy.cuts
    held(database, *RAWS)
    assert inbox.state() == before


def test_a_half_open_line_is_found_by_the_read_limit(
    database: Database, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "READ_SECONDS", 0.3)
    inbox.put(*RAWS)
    with Cutting(inbox.dovecot.port, silent_after=20_000) as proxy:
        with pytest.raises(MailboxUnreachable) as caught:
            look(database, inbox.through(proxy.port))
        assert caught.value.reason == "timeout"
        proxy.silent_after = None
        look(database, inbox.through(proxy.port))
    held(database, *RAWS)


def test_a_server_that_restarts_loses_nothing(database: Database) -> None:
    with Dovecot() as server:
        inbox = Inbox(server, "mei")
        inbox.put(*RAWS)
        look(database, inbox.settings)
        server.stop()
        with pytest.raises(MailboxUnreachable):
            look(database, inbox.settings)
        server.start()
        look(database, inbox.settings)
    held(database, *RAWS)
