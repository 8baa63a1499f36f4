import os
from pathlib import Path

import pytest

from tests.mails import mail, mails
from tipline.errors import FetchMismatch, MailboxUnreachable
from tipline.mail.maildir import Maildir
from tipline.mail.source import Listed


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("tmp", "new", "cur"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


def put(maildir: Path, name: str, raw: bytes, place: str = "new") -> Path:
    path = maildir / place / name
    path.write_bytes(raw)
    return path


def tree(maildir: Path) -> dict[str, bytes]:
    return {str(path.relative_to(maildir)): path.read_bytes() for path in maildir.rglob("*") if path.is_file()}


def test_new_and_cur_are_read_oldest_first_and_nothing_is_moved(maildir: Path) -> None:
    first, second, third = mails(3)
    put(maildir, "1600000002.M2.host", second)
    put(maildir, "1600000001.M1.host:2,S", first, "cur")
    put(maildir, "999.M0.host", third)
    before = tree(maildir)
    with Maildir(maildir) as mailbox:
        mailbox.enter("INBOX")
        keys = mailbox.keys(1)
        fetched = mailbox.fetch(mailbox.sizes(keys))
    assert keys == ["999.M0.host", "1600000001.M1.host", "1600000002.M2.host"]
    assert [one.raw for one in fetched] == [third, first, second]
    assert tree(maildir) == before


def test_a_key_stays_when_a_mail_program_moves_it_or_changes_its_flags(maildir: Path) -> None:
    path = put(maildir, "1.a.host", mail())
    with Maildir(maildir) as mailbox:
        mailbox.enter("INBOX")
        listed = mailbox.sizes(mailbox.keys(1))
        seen = path.rename(maildir / "cur" / "1.a.host:2,S")
        assert mailbox.fetch(listed)[0].raw == mail()
        seen.rename(maildir / "cur" / "1.a.host:2,FRS")
        assert mailbox.fetch(listed)[0].raw == mail()
        assert mailbox.keys(1) == ["1.a.host"]


def test_half_delivered_mail_and_dotfiles_are_left_alone(maildir: Path) -> None:
    put(maildir, "1.a.host", mail(), "tmp")
    put(maildir, ".hidden", mail())
    (maildir / "cur" / "folder").mkdir()
    with Maildir(maildir) as mailbox:
        mailbox.enter("INBOX")
        assert mailbox.keys(1) == []


def test_a_message_that_has_gone_is_a_mismatch_and_alone_it_is_none(maildir: Path) -> None:
    path = put(maildir, "1.a.host", mail())
    with Maildir(maildir) as mailbox:
        mailbox.enter("INBOX")
        listed = mailbox.sizes(mailbox.keys(1))
        path.unlink()
        assert mailbox.sizes(["1.a.host"]) == []
        with pytest.raises(FetchMismatch):
            mailbox.fetch(listed)
        assert mailbox.fetch_alone(listed[0]) is None


def test_another_size_than_announced_is_flagged_when_asked_for_alone(maildir: Path) -> None:
    put(maildir, "1.a.host", b"grown")
    with Maildir(maildir) as mailbox:
        mailbox.enter("INBOX")
        with pytest.raises(FetchMismatch):
            mailbox.fetch([Listed("1.a.host", 3)])
        alone = mailbox.fetch_alone(Listed("1.a.host", 3))
    assert alone is not None
    assert alone.size_differs


def test_a_subfolder_is_read_by_its_name(maildir: Path) -> None:
    for name in ("new", "cur"):
        (maildir / ".Junk" / name).mkdir(parents=True)
    put(maildir / ".Junk", "1.a.host", mail())
    with Maildir(maildir, ["INBOX", ".Junk"]) as mailbox:
        assert mailbox.folders() == ("INBOX", ".Junk")
        mailbox.enter("INBOX")
        assert mailbox.keys(1) == []
        mailbox.enter(".Junk")
        assert mailbox.keys(1) == ["1.a.host"]


def test_a_folder_that_is_no_maildir_is_said_so(tmp_path: Path) -> None:
    with Maildir(tmp_path) as mailbox, pytest.raises(MailboxUnreachable) as caught:
        mailbox.enter("INBOX")
    assert caught.value.reason == "folder"


def test_sender_and_subject_are_read_without_the_message(maildir: Path) -> None:
    put(maildir, "1.a.host", mail(subject="Stranded", padding=900_000))
    put(maildir, "2.b.host", b"\xff\xfe no headers at all")
    with Maildir(maildir) as mailbox:
        mailbox.enter("INBOX")
        heads = mailbox.heads(["1.a.host", "2.b.host", "3.gone.host"])
    assert b"subject: Stranded" in heads["1.a.host"] and b"To" not in heads["1.a.host"]
    assert heads["2.b.host"] == b"" and set(heads) == {"1.a.host", "2.b.host"}


def test_a_name_that_is_no_utf8_is_a_message_like_the_others_and_is_never_mistaken_for_another(maildir: Path) -> None:
    names = [b"1.a\xff.host", b"1.a\\xff.host", b"2.\xd6\xd0" + b"\xfe" * 200, "3.中.host".encode()]
    for number, name in enumerate(names):
        (maildir / "new" / os.fsdecode(name)).write_bytes(b"%d" % number)
    with Maildir(maildir) as mailbox:
        mailbox.enter("INBOX")
        keys = mailbox.keys(1)
        assert sorted(one.raw for one in mailbox.fetch(mailbox.sizes(keys))) == [b"0", b"1", b"2", b"3"]
        assert all(len(key.encode()) <= 255 for key in keys)
        (maildir / "new" / os.fsdecode(names[0])).rename(maildir / "cur" / os.fsdecode(names[0] + b":2,S"))
        assert mailbox.keys(1) == keys
