"""`tipline init`: what it asks, what it writes, and that it never writes over anything."""

from pathlib import Path

import pytest
from sqlmodel import select

from tests.servers import ports
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.config import load
from tipline.core import access, accounts
from tipline.errors import SettingsError, TiplineError
from tipline.models import Account, Role
from tipline.resources import master, open_database
from tipline.setup import server_checks, write_files
from tipline.setup.questions import InitAnswers, questions


def answered(**given: str) -> InitAnswers:
    """Every question at its default, but for these."""
    answers = InitAnswers()
    for question in questions():
        if question.asked(answers):
            answers.given[question.name] = given.pop(question.name, question.default(answers))
    assert not given, f"not asked: {given}"
    return answers


def imap(**given: str) -> InitAnswers:
    account = {"mailbox_kind": "imap", "mailbox_host": "127.0.0.1", "mailbox_security": "none", "smtp_host": ""}
    return answered(**{**account, "mailbox_user": "tips", "mailbox_password": "secret", **given})


def test_the_defaults_alone_make_a_newsroom_that_starts(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    said = "\n".join(write_files.write(config, answered()))
    settings = load(config, {})
    database = open_database(settings)
    with database.reading() as session:
        account = accounts.by_email(session, "editor@localhost")
        assert account is not None and account.id is not None
        actor = access.actor(session, account.id)
    database.engine.dispose()
    assert actor is not None and actor.roles == {Role.ADMIN, Role.EDITOR, Role.REPORTER}
    assert "KEEP A COPY" in said
    assert "shown only now" in said


def test_the_days_of_the_database_are_the_newsrooms(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    write_files.write(config, answered())
    database = open_database(load(config, {"TIPLINE_NEWSROOM__TIMEZONE": "Asia/Shanghai"}))
    database.engine.dispose()
    assert database.zone == "Asia/Shanghai"


def test_settings_and_key_are_for_their_owner_alone(tmp_path: Path) -> None:
    write_files.write(tmp_path / "config.toml", imap(mailbox_password_file="pw"))
    for name in ("config.toml", "tipline.key", "pw"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0, name


def test_the_file_explains_each_setting_and_holds_no_password(tmp_path: Path) -> None:
    write_files.write(tmp_path / "config.toml", imap(mailbox_password="not to be seen"))
    text = (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert "# Seconds between two looks" in text
    assert "not to be seen" not in text
    assert load(tmp_path / "config.toml", {}).mailbox["tips"].password.get_secret_value() == "not to be seen"


def test_settings_that_are_there_stay_as_they_are(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("mine", encoding="utf-8")
    with pytest.raises(SettingsError, match="there already"):
        write_files.write(config, answered())
    assert config.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [config]


def test_a_key_that_is_there_is_kept(tmp_path: Path) -> None:
    write_files.write(tmp_path / "config.toml", answered())
    key = (tmp_path / "tipline.key").read_bytes()
    (tmp_path / "config.toml").unlink()
    said = write_files.write(tmp_path / "config.toml", answered())
    assert (tmp_path / "tipline.key").read_bytes() == key
    assert any("was there already" in line for line in said)
    master(load(tmp_path / "config.toml", {}))


def test_an_account_that_is_there_keeps_its_password(tmp_path: Path) -> None:
    write_files.write(tmp_path / "config.toml", answered())
    (tmp_path / "config.toml").unlink()
    said = write_files.write(tmp_path / "config.toml", answered())
    assert any("its password stays" in line for line in said)


def test_what_fails_leaves_no_settings_behind(tmp_path: Path) -> None:
    with pytest.raises(TiplineError):
        write_files.write(tmp_path / "config.toml", answered(account_password="short"))
    assert [file.name for file in tmp_path.iterdir() if "config" in file.name] == []
    write_files.write(tmp_path / "config.toml", answered())


def test_another_password_in_the_password_file_is_not_lost(tmp_path: Path) -> None:
    (tmp_path / "mailbox.password").write_text("old\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="another password"):
        write_files.write(tmp_path / "config.toml", imap(mailbox_password="new"))
    assert (tmp_path / "mailbox.password").read_text(encoding="utf-8") == "old\n"


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("url", "example.org/"),
        ("name", ""),
        ("account_email", "nobody"),
        ("account_password", "password"),
        ("mailbox_kind", "pop3"),
        ("mailbox_port", "99999"),
        ("database", "mysql://x"),
        ("database", "postgresql://nobody@127.0.0.1:1/x"),
    ],
)
def test_an_answer_that_can_not_be_is_refused_at_once(name: str, bad: str) -> None:
    question = next(q for q in questions() if q.name == name)
    assert question.check(bad)


def test_every_default_passes_its_own_check() -> None:
    for given in ({}, {"mailbox_kind": "imap"}, {"mailbox_kind": "maildir"}, {"smtp_host": "smtp.example.org"}):
        answers = answered(**given)
        for question in questions():
            if question.asked(answers):
                assert not question.check(question.default(answers)), question.name


def test_only_what_applies_is_asked() -> None:
    assert "mailbox_host" not in answered().given
    assert "mailbox_path" in answered(mailbox_kind="maildir").given
    assert "smtp_user" in answered(smtp_host="smtp.example.org").given


def test_an_inbox_asks_which_servers_confirm_its_senders(tmp_path: Path) -> None:
    write_files.write(tmp_path / "config.toml", imap(authserv_ids="mx1.paper.example, mx2.paper.example,"))
    names = load(tmp_path / "config.toml", {}).mailbox["tips"].authserv_ids
    assert names == ["mx1.paper.example", "mx2.paper.example"]
    assert answered(mailbox_kind="maildir")["authserv_ids"] == "" and "authserv_ids" not in answered().given


def test_addresses_are_guessed_from_the_newsrooms_own(tmp_path: Path) -> None:
    answers = answered(url="https://www.meridian.example", mailbox_kind="imap")
    assert answers["mailbox_user"] == "tips@meridian.example"
    assert answers["mailbox_host"] == "imap.meridian.example"
    assert answers["smtp_host"] == "smtp.meridian.example"


def test_the_mailbox_can_be_tried_before_anything_is_written(tmp_path: Path, dovecot: Dovecot) -> None:
    answers = imap(mailbox_port=str(dovecot.port))
    trial = server_checks.after("mailbox_password", answers, tmp_path / "config.toml")
    assert trial is not None and trial.run().well
    answers.given["mailbox_password"] = "wrong"
    finding = trial.run()
    assert not finding.well
    assert "wrong" not in finding.said
    assert list(tmp_path.iterdir()) == []


def test_a_mailbox_without_encryption_elsewhere_is_not_even_tried(tmp_path: Path) -> None:
    trial = server_checks.after("mailbox_password", imap(mailbox_host="imap.example"), tmp_path / "config.toml")
    assert trial is not None
    assert "loopback only" in trial.run().said


def test_a_password_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    trial = server_checks.after("mailbox_password", imap(mailbox_password=""), tmp_path / "config.toml")
    assert trial is not None
    assert "mailbox.password" in trial.run().said


def test_the_smtp_server_can_be_tried(tmp_path: Path, smtp: Smtp) -> None:
    given = {"smtp_host": "127.0.0.1", "smtp_security": "none", "smtp_user": ""}
    answers = answered(**given, smtp_port=str(smtp.port))
    trial = server_checks.after("smtp_from", answers, tmp_path / "config.toml")
    assert trial is not None and trial.run().well
    answers.given["smtp_port"] = str(ports.free())
    assert "smtp.host" in trial.run().said
    assert smtp.deliveries == []


def test_no_default_password_exists(tmp_path: Path) -> None:
    hashes = set()
    for place in ("a", "b"):
        write_files.write(tmp_path / place / "config.toml", answered())
        database = open_database(load(tmp_path / place / "config.toml", {}))
        with database.reading() as session:
            hashes.add(session.exec(select(Account)).one().password_hash)
        database.engine.dispose()
    assert len(hashes) == 2
    assert write_files.passphrase() != write_files.passphrase()
