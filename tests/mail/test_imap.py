import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tests.mails import mail, mails
from tests.servers import ports
from tests.servers.cutting import Cutting
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import Scripted
from tipline.errors import FetchMismatch, MailboxUnreachable
from tipline.mail.imap import ImapMailbox
from tipline.mail.source import HEAD_BYTES, Listed
from tipline.mail_settings import MailboxSettings


@pytest.fixture
def user() -> str:
    return f"reader-{uuid4().hex[:8]}"


def settings(dovecot: Dovecot, user: str, **changes: object) -> MailboxSettings:
    values: dict[str, object] = {
        "host": dovecot.host,
        "port": dovecot.tls_port,
        "security": "tls",
        "ca_file": dovecot.cert,
        "user": user,
        "password": dovecot.password,
    }
    return MailboxSettings.model_validate(values | changes)


def plain(port: int, **changes: object) -> MailboxSettings:
    values: dict[str, object] = {"host": "127.0.0.1", "port": port, "security": "none", "user": "u", "password": "p"}
    return MailboxSettings.model_validate(values | changes)


@contextmanager
def unreachable(reason: str) -> Iterator[None]:
    with pytest.raises(MailboxUnreachable) as caught:
        yield
    assert caught.value.reason == reason
    assert "p@ss" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_every_message_is_listed_and_fetched_byte_for_byte(dovecot: Dovecot, user: str, security: str) -> None:
    raws = mails(7)
    uids = dovecot.append(user, *raws)
    port = dovecot.tls_port if security == "tls" else dovecot.port
    with ImapMailbox(settings(dovecot, user, security=security, port=port)) as mailbox:
        assert mailbox.enter("INBOX") == dovecot.state(user).uidvalidity
        keys = mailbox.keys(1)
        listed = mailbox.sizes(keys)
        fetched = mailbox.fetch(listed)
    assert keys == [str(uid) for uid in uids]
    assert [one.size for one in listed] == [len(raw) for raw in raws]
    assert [one.raw for one in fetched] == raws


def test_reading_changes_nothing_on_the_server(dovecot: Dovecot, user: str) -> None:
    dovecot.append(user, *mails(3))
    before = dovecot.state(user)
    with ImapMailbox(settings(dovecot, user)) as mailbox:
        mailbox.enter("INBOX")
        listed = mailbox.sizes(mailbox.keys(1))
        mailbox.fetch(listed)
        mailbox.fetch_alone(listed[0])
    assert dovecot.state(user) == before
    assert not any("\\Seen" in flags for flags in dovecot.flags(user).values())


def test_with_nothing_new_nothing_is_listed_though_the_server_answers_with_the_last(
    dovecot: Dovecot, user: str
) -> None:
    last = dovecot.append(user, *mails(2))[-1]
    with ImapMailbox(settings(dovecot, user)) as mailbox:
        mailbox.enter("INBOX")
        assert mailbox.keys(last + 1) == []
        assert mailbox.keys(last) == [str(last)]


def test_an_empty_folder_has_no_keys(dovecot: Dovecot, user: str) -> None:
    with ImapMailbox(settings(dovecot, user)) as mailbox:
        mailbox.enter("INBOX")
        assert mailbox.keys(1) == []


def test_a_message_that_has_gone_meanwhile_is_a_mismatch_and_alone_it_is_none(dovecot: Dovecot, user: str) -> None:
    uids = dovecot.append(user, *mails(2))
    with ImapMailbox(settings(dovecot, user)) as mailbox:
        mailbox.enter("INBOX")
        listed = mailbox.sizes(mailbox.keys(1))
        with dovecot.client(user) as person:
            person.select_folder("INBOX")
            person.delete_messages([uids[0]])
            person.expunge()
        with pytest.raises(FetchMismatch):
            mailbox.fetch(listed)
        assert mailbox.fetch_alone(listed[0]) is None
        assert mailbox.fetch_alone(listed[1]) is not None


def test_other_bytes_than_announced_are_flagged_only_when_asked_for_alone(dovecot: Dovecot, user: str) -> None:
    raw = mail()
    (uid,) = dovecot.append(user, raw)
    wrong = Listed(str(uid), len(raw) + 1)
    with ImapMailbox(settings(dovecot, user)) as mailbox:
        mailbox.enter("INBOX")
        with pytest.raises(FetchMismatch):
            mailbox.fetch([wrong])
        alone = mailbox.fetch_alone(wrong)
    assert alone is not None
    assert (alone.raw, alone.size_differs) == (raw, True)


def test_a_folder_with_a_chinese_name_is_read(dovecot: Dovecot, user: str) -> None:
    dovecot.append(user, mail(), folder="读者来信")
    with ImapMailbox(settings(dovecot, user)) as mailbox:
        mailbox.enter("读者来信")
        assert len(mailbox.keys(1)) == 1


def test_a_folder_that_is_not_there_is_said_so(dovecot: Dovecot, user: str) -> None:
    with ImapMailbox(settings(dovecot, user)) as mailbox, unreachable("folder"):
        mailbox.enter("Nowhere")


def test_a_wrong_password_is_a_refused_login(dovecot: Dovecot, user: str) -> None:
    with unreachable("login"), ImapMailbox(settings(dovecot, user, password="p@ss")):
        pass


def test_a_password_that_is_not_ascii_is_sent_and_refused_by_the_server(dovecot: Dovecot, user: str) -> None:
    with unreachable("login"), ImapMailbox(settings(dovecot, user, password="p@ssé密")):
        pass


def test_a_user_name_with_a_space_signs_in(dovecot: Dovecot, user: str) -> None:
    with unreachable("login"), ImapMailbox(settings(dovecot, f"{user} x", password="p@ss")):
        pass


@pytest.mark.parametrize("password", ["p@ss\r\nA1 DELETE INBOX", "p@ss\0", "p@ss\x85", "p@ss\u2028"])
def test_a_line_break_in_the_password_is_refused_before_connecting(password: str) -> None:
    nobody = plain(1, password=password)
    with unreachable("login"), ImapMailbox(nobody):
        pass


def test_an_unknown_authority_ends_the_connection(dovecot: Dovecot, user: str) -> None:
    with unreachable("tls"), ImapMailbox(settings(dovecot, user, ca_file=None)):
        pass


def test_a_certificate_file_that_goes_after_the_start_is_said_so(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    gone = settings(dovecot, user).model_copy(update={"ca_file": tmp_path / "none.pem"})
    with unreachable("tls"), ImapMailbox(gone):
        pass


def test_nobody_at_the_port_is_said_so() -> None:
    with unreachable("connect"), ImapMailbox(plain(ports.free())):
        pass


def test_plain_text_to_another_machine_is_refused() -> None:
    elsewhere = plain(143).model_copy(update={"host": "mail.example"})
    with unreachable("tls"), ImapMailbox(elsewhere):
        pass


def test_a_server_without_starttls_never_sees_the_password() -> None:
    with Scripted() as server:
        with unreachable("tls"), ImapMailbox(plain(server.port, security="starttls", password="p@ss")):
            pass
        assert "p@ss" not in server.heard
        assert "LOGIN" not in server.heard


def test_a_starttls_that_the_server_refuses_ends_the_connection() -> None:
    with Scripted(capabilities="IMAP4rev1 STARTTLS", STARTTLS="NO not today") as server:
        with unreachable("tls"), ImapMailbox(plain(server.port, security="starttls", password="p@ss")):
            pass
        assert "p@ss" not in server.heard


def test_nil_instead_of_a_body_is_a_mismatch_both_times() -> None:
    with (
        Scripted(FETCH="* 1 FETCH (UID 5 RFC822.SIZE 10 BODY[] NIL)") as server,
        ImapMailbox(plain(server.port)) as box,
    ):
        box.enter("INBOX")
        with pytest.raises(FetchMismatch):
            box.fetch([Listed("5", 10)])
        with pytest.raises(FetchMismatch):
            box.fetch_alone(Listed("5", 10))
        assert server.connections == 2


def test_a_message_that_is_listed_and_said_nothing_of_is_listed_without_a_size() -> None:
    with (
        Scripted(SEARCH="* SEARCH 1 2 3", FETCH="* 1 FETCH (UID 1 RFC822.SIZE 10)\r\n* 3 FETCH (UID 3)") as server,
        ImapMailbox(plain(server.port)) as box,
    ):
        box.enter("INBOX")
        keys = box.keys(1)
        assert box.sizes(keys) == [Listed("1", 10), Listed("2", 0), Listed("3", 0)]
        server.answer("SEARCH", "* SEARCH 1 3")  # and UID 2 has gone meanwhile
        assert box.sizes(keys) == [Listed("1", 10), Listed("3", 0)]
        assert server.only_read


def test_alone_a_message_that_is_listed_and_not_given_has_not_gone() -> None:
    with Scripted(FETCH="") as server, ImapMailbox(plain(server.port)) as box:
        box.enter("INBOX")
        with pytest.raises(FetchMismatch):
            box.fetch_alone(Listed("5", 10))
        server.answer("SEARCH", "* SEARCH")
        assert box.fetch_alone(Listed("5", 10)) is None


def test_an_answer_without_uid_is_never_taken_for_the_message_of_that_number() -> None:
    body = "* 5 FETCH (BODY[] {3}\r\nabc)"
    with Scripted(FETCH=body) as server, ImapMailbox(plain(server.port)) as box:
        box.enter("INBOX")
        with pytest.raises(FetchMismatch):
            box.fetch([Listed("5", 3)])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("* 1 FETCH (UID 5 BODY[] {100}\r\nabc", "closed"),
        ("* BYE shutting down", "closed"),
        ("* 1 FETCH (UID 5 BODY[", "closed"),
        ("* 1 FETCH (UID)\r\n* 2 FETCH", "protocol"),
        ("* 1 FETCH (UID 5 RFC822.SIZE " + "9" * 1_100_000 + ")", "protocol"),
    ],
)
def test_a_broken_answer_is_unreachable_and_nothing_else(answer: str, reason: str) -> None:
    with (
        Scripted(FETCH=answer, closes_after="" if reason == "protocol" else "FETCH") as server,
        ImapMailbox(plain(server.port)) as mailbox,
        pytest.raises(MailboxUnreachable) as caught,
    ):
        mailbox.enter("INBOX")
        mailbox.fetch([Listed("5", 10)])
    assert caught.value.reason == reason


def test_a_byte_a_second_meets_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipline.mail.imap.COMMAND_SECONDS", 1.0)
    with (
        Scripted(FETCH="* 1 FETCH (UID 5 BODY[] {1000}\r\n" + "x" * 1000, pause=0.2) as server,
        ImapMailbox(plain(server.port)) as mailbox,
    ):
        mailbox.enter("INBOX")
        with unreachable("timeout"):
            mailbox.fetch([Listed("5", 10)])


def test_no_uidvalidity_is_a_broken_protocol() -> None:
    with Scripted(EXAMINE="* 1 EXISTS") as server, ImapMailbox(plain(server.port)) as box, unreachable("protocol"):
        box.enter("INBOX")


def test_sender_and_subject_are_read_without_the_message_and_without_a_trace(dovecot: Dovecot, user: str) -> None:
    uids = dovecot.append(user, mail(subject="Stranded", padding=50_000), b"\r\nno headers at all")
    before = dovecot.state(user)
    with ImapMailbox(settings(dovecot, user)) as mailbox:
        mailbox.enter("INBOX")
        heads = mailbox.heads([str(uid) for uid in (*uids, 99)])
    first = heads[str(uids[0])]
    assert b"Subject: Stranded" in first and b"mei@reader.example" in first and b"To:" not in first
    assert b"x" * 70 not in first and set(heads) == {str(uid) for uid in uids}
    assert dovecot.state(user) == before


def test_a_header_of_2_mb_is_cut(dovecot: Dovecot, user: str) -> None:
    (uid,) = dovecot.append(user, b"From: mei@reader.example\r\nSubject: " + b"x" * 2_000_000 + b"\r\n\r\nHello")
    with ImapMailbox(settings(dovecot, user)) as mailbox:
        mailbox.enter("INBOX")
        assert len(mailbox.heads([str(uid)])[str(uid)]) == HEAD_BYTES


def test_idle_tells_of_new_mail_at_once_and_of_nothing_else(dovecot: Dovecot, user: str) -> None:
    (uid,) = dovecot.append(user, mail())
    with ImapMailbox(settings(dovecot, user)) as mailbox, dovecot.client(user) as person:
        assert mailbox.idles
        mailbox.enter("INBOX")
        person.select_folder("INBOX")
        flagged = threading.Timer(0.3, person.add_flags, [[uid], ["\\Seen"]])
        flagged.start()
        assert not mailbox.news(1.5, lambda: False)
        flagged.join()
        arrived = threading.Timer(0.3, dovecot.append, [user, mail("New")])
        began = time.monotonic()
        arrived.start()
        assert mailbox.news(30, lambda: False)
        assert time.monotonic() - began < 10
        arrived.join()
        assert not mailbox.news(0.1, lambda: False)


def test_idle_is_left_with_done_and_noop_and_taken_up_again() -> None:
    with Scripted(capabilities="IMAP4rev1 IDLE") as server, ImapMailbox(plain(server.port)) as box:
        box.enter("INBOX")
        for _ in range(2):
            assert not box.news(0.1, lambda: False)
    assert server.commands.count("IDLE") == server.commands.count("DONE") == 2
    assert server.commands.index("NOOP") < server.commands.index("IDLE")


def test_idle_ends_when_told_to_stop() -> None:
    with Scripted(capabilities="IMAP4rev1 IDLE") as server, ImapMailbox(plain(server.port)) as box:
        box.enter("INBOX")
        began = time.monotonic()
        assert not box.news(60, lambda: time.monotonic() > began + 0.1)
        assert time.monotonic() < began + 10


def test_a_half_open_line_is_found_when_idle_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipline.mail.imap.READ_SECONDS", 0.3)
    with (
        Scripted(capabilities="IMAP4rev1 IDLE") as server,
        Cutting(server.port) as proxy,
        unreachable("timeout"),
        ImapMailbox(plain(proxy.port)) as box,
    ):
        box.enter("INBOX")
        threading.Timer(0.2, setattr, [proxy, "silent_after", 0]).start()
        box.news(0.5, lambda: False)


@pytest.mark.parametrize("code", ["UNAVAILABLE", "INUSE"])
def test_a_token_is_not_renewed_where_the_server_is_busy(code: str) -> None:
    asked: list[bool] = []

    def token(refused: bool) -> str:
        asked.append(refused)
        return "t"

    with Scripted(capabilities="IMAP4rev1 AUTH=XOAUTH2", AUTHENTICATE=f"NO [{code}] later") as server:
        settings = MailboxSettings.model_validate(
            {
                "host": "127.0.0.1", "port": server.port, "security": "none", "user": "u",
                "oauth": {"provider": "google", "client_id": "c"},
            }
        )  # fmt: skip
        with pytest.raises(MailboxUnreachable) as caught, ImapMailbox(settings, token):
            pass
    assert (caught.value.reason, asked) == ("busy", [False])
