"""`tipline doctor`: each part, well and unwell, in one line that says what to do."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from tests.mails import mail
from tests.servers import ports
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.servers.smtp import Smtp
from tipline import doctor
from tipline.cli import main
from tipline.config import load
from tipline.core import events, intake, search
from tipline.core.arrival import Arrival, Source
from tipline.core.text.tokens import TOKENS_VERSION
from tipline.db import Database, connect, now
from tipline.doctor import Finding
from tipline.jobs.poll import PollRun
from tipline.mail_settings import MailboxSettings
from tipline.mail_settings import Smtp as SmtpSettings
from tipline.models import ActorKind, Message, Tip, TipCount, Verb
from tipline.reindex import reindex
from tipline.resources import master
from tipline.schema import migrate
from tipline.sealing import make_key_file
from tipline.spool import Spool
from tipline.storage import LocalFiles

NOBODY = 65534


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A newsroom that is well, on SQLite, without mailbox and SMTP."""
    file = tmp_path / "config.toml"
    file.write_text("", encoding="utf-8")
    settings = load(file, {})
    make_key_file(settings.secrets.key_file)
    engine = connect(settings.database_url)
    migrate(engine)
    engine.dispose()
    return file


def found(config: Path) -> dict[str, Finding]:
    return {finding.part: finding for finding in doctor.examine(config, {})}


def test_a_newsroom_that_is_well_is_told_so(config: Path) -> None:
    findings = found(config)
    assert list(findings) == [
        "settings", "address", "key", "database", "migrations", "clock", "index", "counts", "stored mail", "folder",
        "spool", "mailbox", "smtp", "scanner", "translations",
    ]  # fmt: skip
    assert {part for part, finding in findings.items() if not finding.well} <= {"translations"}


def test_a_tip_that_search_can_not_find_is_said(config: Path) -> None:
    settings = load(config, {})
    engine = connect(settings.database_url)
    database = Database(engine, master(settings), LocalFiles(settings.data.folder / "files"))
    with database.writing() as session:
        tip_id = intake.receive(session, Arrival(source=Source.FORM, received_at=now(), text="My story")).tip_id
        session.commit()
    assert found(config)["index"] == Finding("index", True, "1 tips can be searched")
    with database.writing() as session:
        session.get_one(Tip, tip_id).tokens_version = 1
        session.commit()
    assert "1 wait to be read anew" in found(config)["index"].said
    with database.writing() as session:
        search.remove(session, tip_id)
        session.get_one(Tip, tip_id).tokens_version = TOKENS_VERSION
        session.commit()
    lost = found(config)["index"]
    assert not lost.well and "`tipline reindex`" in lost.said
    lines: list[str] = []
    reindex(database, 0, lines.append)
    assert lines == ["Made 1 documents anew in 0 s."] and found(config)["index"].well
    engine.dispose()


def test_mail_that_waits_to_be_read_again_is_said_and_read_by_command(config: Path, tmp_path: Path) -> None:
    settings = load(config, {})
    engine = connect(settings.database_url)
    database = Database(engine, master(settings), LocalFiles(settings.data.folder / "files"))
    for name in ("tmp", "new", "cur"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    (tmp_path / "mail" / "new" / "1.example").write_bytes(mail())
    box = MailboxSettings(kind="maildir", path=tmp_path / "mail")  # type: ignore[call-arg]
    PollRun(database, "tips", box, 1_000_000, compare=True).run()
    with database.writing() as session:
        session.execute(update(Message).values(reader_version=1, text="broken"))
        session.commit()
    assert "1 mails wait" in found(config)["stored mail"].said
    done = CliRunner().invoke(main, ["--config", str(config), "reparse"])
    assert done.exit_code == 0 and "Read 1 messages again: 1 show other words, 0 were left" in done.output
    assert found(config)["stored mail"] == Finding("stored mail", True, "read by this version")
    engine.dispose()


def test_tips_that_are_counted_wrongly_are_said_and_counted_anew(config: Path) -> None:
    assert found(config)["counts"].well, "of no tip"
    settings = load(config, {})
    engine = connect(settings.database_url)
    database = Database(engine, master(settings), LocalFiles(settings.data.folder / "files"))
    with database.writing() as session:
        for number in "12":
            arrival = Arrival(source=Source.FORM, received_at=now(), text="My story", submission_id=number * 32)
            intake.receive(session, arrival)
        session.commit()
    assert found(config)["counts"] == Finding("counts", True, "2 tips")
    with database.writing() as session:
        session.execute(update(TipCount).values(n=5))
        session.commit()
    wrong = found(config)["counts"]
    assert not wrong.well and "5 of 2" in wrong.said and "`tipline reindex --counts`" in wrong.said
    engine.dispose()
    done = CliRunner().invoke(main, ["--config", str(config), "reindex", "--counts"])
    assert done.output == "Counted 2 tips anew in 0 s.\n" and found(config)["counts"].well


def test_each_part_takes_one_line(config: Path) -> None:
    for finding in doctor.examine(config, {}):
        assert "\n" not in doctor.line(finding)
    assert doctor.line(Finding("key", True, "fine")) == "✓ key: fine"
    assert doctor.line(Finding("key", False, "run it")) == "✗ key: run it"


def test_wrong_settings_are_all_it_says(config: Path) -> None:
    config.write_text("[web]\nprot = 1\n", encoding="utf-8")
    assert [f.part for f in doctor.examine(config, {})] == ["settings"]
    assert "web.prot" in found(config)["settings"].said


def test_a_key_that_others_may_read(config: Path) -> None:
    (config.parent / "tipline.key").chmod(0o640)
    assert "chmod 600" in found(config)["key"].said


def test_a_key_that_is_gone(config: Path) -> None:
    (config.parent / "tipline.key").unlink()
    assert not found(config)["key"].well


def test_a_database_that_is_not_there_is_not_made(config: Path) -> None:
    database = config.parent / "data" / "tipline.db"
    for file in database.parent.glob("tipline.db*"):
        file.unlink()
    findings = found(config)
    assert "tipline migrate" in findings["database"].said
    assert "migrations" not in findings
    assert not database.exists()


def test_nothing_is_made_where_nothing_is_set_up(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("", encoding="utf-8")
    findings = found(file)
    assert "tipline init" in findings["key"].said and "tipline init" in findings["database"].said
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.toml"]


@pytest.mark.parametrize("url", ["mysql://u@h/x", "no address"])
def test_a_wrong_database_address_is_named_as_the_setting(config: Path, url: str) -> None:
    config.write_text(f'[data]\nurl = "{url}"\n', encoding="utf-8")
    assert found(config)["database"].said.startswith("data.url: ")


def test_a_sqlite_that_is_too_old_says_which_is_needed(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 42, 0))
    assert "3.43 or newer" in found(config)["database"].said


def test_an_address_where_nobody_could_sign_in_is_seen(config: Path) -> None:
    config.write_text('[newsroom]\nurl = "http://tips.meridian.example"\n', encoding="utf-8")
    assert "https" in found(config)["address"].said


def test_a_proxy_that_is_not_counted_is_seen(config: Path) -> None:
    config.write_text('[newsroom]\nurl = "https://tips.meridian.example"\n', encoding="utf-8")
    assert "web.proxies" in found(config)["address"].said
    config.write_text('[newsroom]\nurl = "https://tips.meridian.example"\n[web]\nproxies = 1\n', encoding="utf-8")
    assert found(config)["address"].well


def test_a_database_server_that_does_not_answer(config: Path) -> None:
    config.write_text(f'[data]\nurl = "postgresql://u:hidden@127.0.0.1:{ports.free()}/x"\n', encoding="utf-8")
    said = found(config)["database"].said
    assert "data.url" in said
    assert "hidden" not in said


def test_an_empty_database_wants_its_migrations(config: Path) -> None:
    database = config.parent / "data" / "tipline.db"
    for file in database.parent.glob("tipline.db*"):
        file.unlink()
    database.touch()
    assert "tipline migrate" in found(config)["migrations"].said


RECEIVED = (
    b"Received: from out.example (out.example [198.51.100.7]) by mx.paper.example; Tue, 5 May 2020 10:00:00 +0800"
)
OURS = b"Authentication-Results: MX.paper.example; dmarc=pass header.from=reader.example\r\n" + RECEIVED
FORGED = RECEIVED + b"\r\nAuthentication-Results: mx.evil.example; dmarc=pass header.from=reader.example"
WITHOUT_NAME = b"Authentication-Results: spf=pass smtp.mailfrom=reader.example; dmarc=pass\r\n" + RECEIVED


def with_mails(folder: Path, *heads: bytes, trusted: str = "") -> MailboxSettings:
    """A Maildir that holds a mail with each of these first header lines."""
    for name in ("new", "cur"):
        (folder / name).mkdir(parents=True)
    for number, head in enumerate(heads):
        (folder / "new" / f"{number}.a.host").write_bytes(head + b"\r\nFrom: mei@reader.example\r\n\r\nA story\r\n")
    return MailboxSettings(kind="maildir", path=folder, authserv_ids=[trusted] if trusted else [])


def test_senders_that_no_server_confirms_are_said_with_the_line_that_changes_it(tmp_path: Path) -> None:
    finding = doctor.senders("tips", with_mails(tmp_path / "m", OURS, OURS, FORGED, WITHOUT_NAME))
    assert finding.well, "a mail server may write none, and cron would mail it for ever"
    assert "mailbox.tips.authserv_ids is not set" in finding.said and "no sender is confirmed" in finding.said
    assert "of the 4 newest mails, mx.paper.example in 2" in finding.said
    assert 'write authserv_ids = ["mx.paper.example"] under [mailbox.tips]' in finding.said
    assert "evil" not in finding.said


@pytest.mark.parametrize("head", [FORGED, WITHOUT_NAME, RECEIVED, OURS.replace(b"MX.", b"\x1b[2J")])
def test_a_name_that_our_server_did_not_write_is_not_proposed(tmp_path: Path, head: bytes) -> None:
    said = doctor.senders("tips", with_mails(tmp_path / "m", head)).said
    assert "none of the 1 newest mails has Authentication-Results" in said and "write authserv_ids" not in said


def test_a_name_that_the_mail_server_does_not_write_is_a_fault(tmp_path: Path) -> None:
    wrong = doctor.senders("tips", with_mails(tmp_path / "m", OURS, trusted="mail.paper.example"))
    assert not wrong.well and "is mail.paper.example, and your mail server writes another name" in wrong.said
    assert 'write authserv_ids = ["mx.paper.example"]' in wrong.said
    right = doctor.senders("tips", with_mails(tmp_path / "n", OURS, trusted="mx.Paper.example"))
    assert right == Finding("senders tips", True, "mx.paper.example confirms them")


def test_only_the_newest_mails_count_for_the_name(tmp_path: Path) -> None:
    before = [OURS.replace(b"MX.", b"old.")] * 5
    assert "old.paper" not in doctor.senders("tips", with_mails(tmp_path / "m", *before, *[OURS] * doctor.NEWEST)).said


def test_the_name_is_read_over_imap_and_nothing_changes(dovecot: Dovecot) -> None:
    dovecot.append("doctor4", OURS + b"\r\nSubject: one\r\n\r\nwords\r\n")
    before = dovecot.state("doctor4"), dovecot.flags("doctor4")
    box = {"host": dovecot.host, "port": dovecot.port, "security": "none", "user": "doctor4", "password": "secret"}
    findings = list(doctor.mailbox_and_senders("tips", MailboxSettings.model_validate(box)))
    assert [finding.part for finding in findings] == ["mailbox tips", "senders tips"]
    assert "mx.paper.example in 1" in findings[1].said
    assert (dovecot.state("doctor4"), dovecot.flags("doctor4")) == before


def test_a_mailbox_that_can_not_be_read_is_one_fault(tmp_path: Path) -> None:
    box = MailboxSettings(kind="maildir", path=tmp_path / "none")
    assert [finding.part for finding in doctor.mailbox_and_senders("tips", box)] == ["mailbox tips"]


@contextmanager
def running_as(who: str) -> Iterator[Path]:
    """A folder in which the test works as root or as somebody without rights."""
    if os.geteuid() != 0 and who == "root":
        pytest.skip("the tests do not run as root")
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        if os.geteuid() == 0 and who == "nobody":
            os.chown(folder, NOBODY, NOBODY)
            os.setresgid(NOBODY, NOBODY, 0)
            os.setresuid(NOBODY, NOBODY, 0)
        try:
            yield folder
        finally:
            if who == "nobody" and os.getresuid()[2] == 0:
                os.setresuid(0, 0, 0)
                os.setresgid(0, 0, 0)


@pytest.mark.parametrize("who", ["root", "nobody"])
def test_the_doctor_says_the_same_to_root_and_to_others(who: str) -> None:
    with running_as(who) as folder:
        file = folder / "config.toml"
        file.write_text("", encoding="utf-8")
        settings = load(file, {})
        make_key_file(settings.secrets.key_file)
        engine = connect(settings.database_url)
        migrate(engine)
        engine.dispose()
        assert {part for part, finding in found(file).items() if not finding.well} <= {"translations"}
        settings.secrets.key_file.chmod(0o640)
        assert "chmod 600" in found(file)["key"].said


@pytest.mark.parametrize("who", ["root", "nobody"])
def test_a_folder_that_can_not_be_written(config: Path, who: str) -> None:
    settings = load(config, {})
    with running_as(who) as folder:
        place = folder / "data"
        place.mkdir(mode=0o500)
        if who == "root":  # who writes in any folder of its own, and in none of the kernel's
            place = Path("/proc")
        data = settings.data.model_copy(update={"folder": place})
        assert "check its owner" in doctor.folder(settings.model_copy(update={"data": data})).said


def test_a_newsroom_on_postgresql_is_well_before_its_first_large_file(config: Path, postgres_cluster: Postgres) -> None:
    with postgres_cluster.database() as url:
        config.write_text(f'[data]\nurl = "{url}"\nfolder = "elsewhere"\n', encoding="utf-8")
        assert "`tipline migrate` makes it" in found(config)["folder"].said
        assert CliRunner().invoke(main, ["--config", str(config), "migrate"]).exit_code == 0
        assert {part for part, finding in found(config).items() if not finding.well} <= {"translations"}
    for name in ("files", "spool", "erased.txt"):  # what the manual's backup copies
        assert (config.parent / "elsewhere" / name).stat().st_mode & 0o077 == 0, name


def test_root_is_told_that_the_local_socket_asks_who_runs_it(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text(f'[data]\nurl = "postgresql:///tipline?host={config.parent}"\n', encoding="utf-8")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "sudo -u tipline" in found(config)["database"].said
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "the server runs" in found(config)["database"].said


def test_too_little_space_is_said(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LITTLE_SPACE", 1 << 62)
    assert "free some space soon" in found(config)["folder"].said
    monkeypatch.setattr(doctor, "FREE_SPACE_FLOOR", 1 << 62)
    assert "the disk is full" in found(config)["folder"].said


def test_both_databases_say_what_they_are_and_agree_on_the_time(database: Database) -> None:
    finding = doctor._reachable(database.engine, "")
    assert finding.well and finding.said.startswith(("SQLite", "PostgreSQL"))
    assert doctor.clock(database.engine, migrated=True).well


def test_a_clock_that_went_back_is_seen(database: Database) -> None:
    with database.writing() as session:
        events.record(session, Verb.ACCOUNT_MADE, by=ActorKind.SYSTEM, at=now() + timedelta(days=1))
        session.commit()
    finding = doctor.clock(database.engine, migrated=True)
    assert not finding.well and "future" in finding.said


def test_the_mailbox_is_signed_in_to_and_nothing_in_it_changes(dovecot: Dovecot) -> None:
    dovecot.append("doctor", b"Subject: one\r\n\r\nwords\r\n")
    before = dovecot.state("doctor"), dovecot.flags("doctor")
    box = {"host": dovecot.host, "port": dovecot.port, "security": "none", "user": "doctor"}
    finding = doctor.mailbox("tips", MailboxSettings.model_validate({**box, "password": "secret"}))
    assert finding == Finding("mailbox tips", True, "doctor: INBOX (1 messages)")
    assert (dovecot.state("doctor"), dovecot.flags("doctor")) == before


def test_a_wrong_password_and_a_missing_folder_are_told_apart(dovecot: Dovecot) -> None:
    box = {"host": dovecot.host, "port": dovecot.port, "security": "none", "user": "doctor2"}
    wrong = doctor.mailbox("tips", MailboxSettings.model_validate({**box, "password": "guess"}))
    nowhere = MailboxSettings.model_validate({**box, "password": "secret", "folders": ["Nowhere"]})
    assert not wrong.well and "guess" not in wrong.said
    missing = doctor.mailbox("tips", nowhere)
    assert not missing.well and "'Nowhere' in mailbox.tips.folders" in missing.said


def test_a_sent_folder_that_is_not_there_is_named(dovecot: Dovecot) -> None:
    box = {"host": dovecot.host, "port": dovecot.port, "security": "none", "user": "doctor3", "password": "secret"}
    missing = doctor.mailbox("tips", MailboxSettings.model_validate({**box, "sent_folder": "Gone"}))
    assert not missing.well and "'Gone' in mailbox.tips.sent_folder" in missing.said
    assert doctor.mailbox("tips", MailboxSettings.model_validate({**box, "sent_folder": "INBOX"})).well


def test_starttls_on_a_port_that_speaks_tls_says_so(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipline.mail.imap.CONNECT_SECONDS", 0.5)
    box = {"host": dovecot.host, "port": dovecot.tls_port, "security": "starttls", "user": "x", "password": "secret"}
    finding = doctor.mailbox("tips", MailboxSettings.model_validate(box))
    assert not finding.well and "security = tls" in finding.said


@pytest.mark.parametrize(("content", "said"), [(None, "can't be read"), ("no certificate", "no certificate")])
def test_a_file_of_certificates_that_is_none_is_named(config: Path, content: str | None, said: str) -> None:
    if content is not None:
        (config.parent / "ca.pem").write_text(content, encoding="utf-8")
    for section in ('[smtp]\nhost = "x"\n', '[mailbox.tips]\nhost = "x"\nuser = "u"\n'):
        config.write_text(f'{section}ca_file = "ca.pem"\n', encoding="utf-8")
        finding = found(config)["settings"]
        assert "ca_file" in finding.said and said in finding.said and not finding.well


def test_a_maildir_is_looked_into(tmp_path: Path) -> None:
    settings = MailboxSettings(kind="maildir", path=tmp_path / "m")
    assert not doctor.mailbox("tips", settings).well
    for name in ("new", "cur"):
        (tmp_path / "m" / name).mkdir(parents=True)
    assert doctor.mailbox("tips", settings).well


def test_the_smtp_server_is_signed_in_to_and_nothing_is_sent(smtp: Smtp) -> None:
    assert doctor.smtp(SmtpSettings(host="127.0.0.1", port=smtp.port, security="none")).well
    assert smtp.deliveries == []


def test_a_wrong_smtp_password_is_said_without_it() -> None:
    with Smtp(login=("desk", "secret")) as server:
        values = {"host": "localhost", "port": server.port, "user": "desk", "ca_file": server.cert}
        right = SmtpSettings.model_validate({**values, "password": "secret"})
        wrong = SmtpSettings.model_validate({**values, "password": "guess"})
        assert doctor.smtp(right).well
        finding = doctor.smtp(wrong)
    assert not finding.well
    assert "smtp.password_file" in finding.said and "guess" not in finding.said


def test_translations_have_to_be_compiled_and_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [tmp_path / language / "LC_MESSAGES" for language in ("zh_Hans", "zh_Hant")]
    folder = folders[0]
    for each in folders:
        each.mkdir(parents=True)
        assert not doctor.translations(tmp_path).well
        (each / "messages.mo").touch()
    assert doctor.translations(tmp_path).well
    (folder / "messages.po").touch()
    os.utime(folder / "messages.mo", (time.time() - 60,) * 2)
    assert not doctor.translations(tmp_path).well
    (tmp_path / "templates").mkdir()
    monkeypatch.setattr(doctor, "PACKAGE", tmp_path)
    assert doctor.translations(tmp_path).well, "installed from a wheel, whose times say nothing"


def test_findings_hold_no_secret_of_the_settings(config: Path) -> None:
    text = f'[smtp]\nhost = "127.0.0.1"\nport = {ports.free()}\nsecurity = "none"\nuser = "u"\npassword = "hidden"\n'
    config.write_text(text, encoding="utf-8")
    assert all("hidden" not in doctor.line(finding) for finding in doctor.examine(config, {}))


def test_forms_that_wait_in_the_spool_are_counted_and_for_long_they_are_a_fault(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(config, {})
    spool = Spool(settings.data.folder / "spool", master(settings))
    assert found(config)["spool"].said == "nothing waits"
    spool.put_words(Arrival(Source.FORM, "A story", now(), submission_id="a" * 32))
    assert found(config)["spool"].well and "1 readers sent waits" in found(config)["spool"].said
    [record] = spool.segments.records()
    with monkeypatch.context() as later:
        later.setattr("tipline.doctor.now", lambda: now() + timedelta(hours=1))
        assert not found(config)["spool"].well and "does it run?" in found(config)["spool"].said
    content = record.path.read_bytes()
    record.path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert not found(config)["spool"].well and "1 of its files do not open" in found(config)["spool"].said
