"""The command: thin, and plain about what is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tipline import cli, doctor
from tipline.config import load
from tipline.core import accounts
from tipline.resources import open_database


def tipline(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli.main, arguments, input=typed)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    done = tipline("--config", str(file), "init", "--defaults")
    assert done.exit_code == 0, done.output
    return file


def test_help_lists_every_command() -> None:
    said = tipline("--help").output
    for name in (
        "init",
        "run",
        "web",
        "worker",
        "doctor",
        "migrate",
        "account",
        "mailbox",
        "inspect",
        "reindex",
        "demo",
    ):
        assert f"  {name} " in said


def test_the_list_of_commands_says_what_each_says_itself_and_loads_none() -> None:
    context = click.Context(cli.main)
    for name, (_where, said) in cli.COMMANDS.items():
        command = cli.main.get_command(context, name)
        assert command is not None and " ".join((command.help or "").split()).startswith(said), name
    code = "import sys, tipline.cli as c; c.main(['-h'], standalone_mode=False); print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")


def test_what_is_wrong_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[web]\nprot = 1\n", encoding="utf-8")
    for command in ("run", "web", "worker", "migrate"):
        done = tipline("--config", str(file), command)
        assert done.exit_code == 1
        assert done.stderr == "Error: web.prot: there is no such setting; `config.example.toml` lists them all\n"
        assert done.stdout == ""


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path: Path, config: Path) -> None:
    config.write_text('[data]\nurl = "postgresql://u:hidden@127.0.0.1:1/x"\n', encoding="utf-8")
    done = tipline("--config", str(config), "migrate")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: data.url: ")
    assert "hidden" not in done.output


@pytest.mark.parametrize("command", [("init", "--defaults"), ("demo",)])
def test_a_folder_that_can_not_be_written_is_one_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "file").touch()  # nothing can be made below it, by root either
    inside = tmp_path / "file" / "newsroom"
    where = ["--config", str(inside / "config.toml"), *command]
    done = tipline(*(["demo", "--folder", str(inside)] if command[0] == "demo" else where))
    assert done.exit_code == 1
    assert done.output.startswith("Error: ") and done.output.count("\n") == 1
    assert str(tmp_path / "file") in done.output and "Traceback" not in done.output


def test_the_settings_file_may_come_from_the_environment(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPLINE_CONFIG", str(config))
    assert tipline("migrate").output == "The database is up to date.\n"


def test_init_asks_again_where_an_answer_can_not_be(tmp_path: Path) -> None:
    # name, url (twice), proxies, folder, database, name, address (twice), password, mailbox, smtp
    typed = "The Gazette\nhttps://tips.gazette.example/tips\ntips.gazette.example/\n\n\n\nMei\nnobody\nmei@gazette.example\n\nnone\n\n"
    done = tipline("--config", str(tmp_path / "config.toml"), "init", typed=typed)
    assert done.exit_code == 0, done.output
    assert "Write the whole address" in done.output
    assert "write https:// and the host name" in done.output and "https?" not in done.output
    settings = load(tmp_path / "config.toml", {})
    assert settings.newsroom.name == "The Gazette"
    assert settings.newsroom.url == "https://tips.gazette.example" and settings.web.proxies == 1
    assert doctor.address(settings).well


def test_a_password_that_is_typed_unseen_is_typed_twice(tmp_path: Path) -> None:
    word = "plum orbit canvas tornado"
    # name, url, folder, database, name, address, password: a slip, then twice the same; mailbox, smtp
    typed = "\n" * 6 + f"{word}\n{word}x\n{word}\n{word}\nnone\n\n"
    done = tipline("--config", str(tmp_path / "config.toml"), "init", typed=typed)
    assert done.exit_code == 0, done.output
    assert "These two differ" in done.output and word not in done.output


def test_init_tries_a_maildir_and_lets_it_be_corrected(tmp_path: Path) -> None:
    for name in ("new", "cur"):
        (tmp_path / "right" / name).mkdir(parents=True)
    head = "Authentication-Results: mx.paper.example; spf=pass\nReceived: from x ([198.51.100.7]) by mx.paper.example\n"
    (tmp_path / "right" / "new" / "1.a.host").write_text(f"{head}From: mei@x.example\n\nA story\n", encoding="utf-8")
    # … maildir, address, path, try: no Maildir there, correct: kind, address, path, try again: well; the name that was
    # seen there; no SMTP
    typed = "\n" * 7 + "maildir\n\nwrong\ny\ny\nmaildir\n\nright\ny\n\n\n"
    done = tipline("--config", str(tmp_path / "config.toml"), "init", typed=typed)
    assert done.exit_code == 0, done.output
    assert "✗ mailbox tips" in done.output and "✓ mailbox tips" in done.output
    box = load(tmp_path / "config.toml", {}).mailbox["tips"]
    assert box.path == tmp_path / "right"
    assert "confirm no sender) [mx.paper.example]" in done.output and box.authserv_ids == ["mx.paper.example"]


def test_init_does_nothing_where_settings_are(config: Path) -> None:
    before = config.read_bytes()
    done = tipline("--config", str(config), "init", "--defaults")
    assert done.exit_code == 1
    assert config.read_bytes() == before


def test_account_add_gives_a_link_that_sets_the_password_once(config: Path) -> None:
    done = tipline(
        "--config", str(config), "account", "add", "--email", "Bob@x.example", "--name", "Bob", "--role", "viewer"
    )
    assert done.exit_code == 0, done.output
    token = done.output.strip().rpartition("/welcome/")[2]
    database = open_database(load(config, {}))
    with database.writing() as session:
        accounts.accept(session, token, "plum orbit canvas tornado")
        session.commit()
    database.engine.dispose()


def test_account_reset_wants_an_account(config: Path) -> None:
    assert "/welcome/" in tipline("--config", str(config), "account", "reset", "editor@localhost").output
    done = tipline("--config", str(config), "account", "reset", "nobody@x.example")
    assert (done.exit_code, done.stderr) == (1, "Error: There is no account with this address.\n")


def test_an_account_needs_a_whole_address(config: Path) -> None:
    done = tipline("--config", str(config), "account", "add", "--email", "bob", "--name", "Bob")
    assert (done.exit_code, done.stderr) == (1, "Error: Write the whole address, like name@example.com.\n")


def test_an_address_that_is_taken_is_said(config: Path) -> None:
    done = tipline("--config", str(config), "account", "add", "--email", "editor@localhost", "--name", "E")
    assert done.exit_code == 1
    assert "already" in done.stderr


def test_doctor_fails_where_anything_does(config: Path) -> None:
    (config.parent / "tipline.key").chmod(0o644)
    done = tipline("--config", str(config), "doctor")
    assert done.exit_code == 1
    assert "✗ key: " in done.output
    assert "✓ database: SQLite" in done.output


def test_inspect_shows_how_a_mail_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(
        b"From: Mei <mei@x.example>\r\nIn-Reply-To: <1@y.example>\r\n"
        b"Subject: =?gb18030?B?xOO6ww==?=\r\n\r\nwords\r\n\r\n> old\r\n"
    )
    said = tipline("inspect", str(file)).output
    assert "subject: 你好" in said
    read = json.loads(tipline("inspect", str(file), "--json").output)
    assert read["from_address"] == "mei@x.example"
    assert read["visible_reply"].strip() == "words"


def test_inspect_says_why_a_mail_would_be_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "deep.eml"
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth) for depth in range(100)
    )
    file.write_bytes(parts + b"\r\nwords\r\n")
    done = tipline("inspect", str(file))
    assert done.exit_code == 1
    assert "set aside" in done.stderr
    assert "Traceback" not in done.output
