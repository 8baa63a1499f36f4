"""The command `tipline`. Each command is thin: it reads its options, calls, and says what happened."""

import json
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click
from sqlalchemy.exc import OperationalError

from tipline import child, create_app, doctor, forgetting, process, server, worker
from tipline.config import Settings, load, open_database
from tipline.core import accounts
from tipline.db import Database, migrate
from tipline.demo import build
from tipline.errors import TiplineError, UnreadableMessage
from tipline.mail import parse
from tipline.models import ActorKind, Role
from tipline.setup import connect, trials, writing
from tipline.setup.questions import Answers, Question, questions

Given = ParamSpec("Given")
DEFAULT_CONFIG = Path("config.toml")
UNREACHABLE = "data.url: the database does not answer, or takes nothing in; `tipline doctor` says more"
ROLES = [role.value for role in Role]


def told(command: Callable[Given, None]) -> Callable[Given, None]:
    """What tipline itself finds wrong is one sentence and exit code 1, never a traceback."""

    @wraps(command)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except TiplineError as error:
            raise click.ClickException(str(error)) from None
        except OperationalError:
            raise click.ClickException(UNREACHABLE) from None

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    envvar="TIPLINE_CONFIG",
    help="The settings' file. Default: config.toml here, where there is one.",
)
@click.version_option(package_name="tipline")
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """The tips desk of a newsroom. `tipline demo` shows it, `tipline init` sets one up."""
    os.umask(0o077)  # whatever we write holds readers' words
    context.obj = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)


@main.command()
@click.option("--defaults", is_flag=True, help="Ask nothing; take every default.")
@click.pass_context
@told
def init(context: click.Context, defaults: bool) -> None:
    """Set up a newsroom: asks what it needs, writes config.toml and the key file."""
    config = _config(context) or DEFAULT_CONFIG
    writing.nothing_there(config)
    answers = Answers()
    for question in questions():
        if question.asked(answers):
            default = question.default(answers)
            answers.given[question.name] = default if defaults else _ask(question, default)
            if not defaults:
                _try_out(question.name, answers, config)
    for line in writing.write(config, answers):
        click.echo(line)


@main.command()
@click.pass_context
@told
def run(context: click.Context) -> None:
    """Serve pages and run the worker, until SIGTERM or Ctrl-C."""
    settings = _begin(context)
    server.can_listen(settings)
    said = f"tipline serves {settings.newsroom.url} from {server.address(settings)}. Ctrl-C stops it."
    sys.exit(process.run(_config(context), lambda: server.answers(settings), lambda: click.echo(said)))


@main.command()
@click.pass_context
@told
def web(context: click.Context) -> None:
    """Serve pages alone."""
    child.end_with_parent()
    child.give_memory_back()
    settings = _begin(context)
    server.serve(settings, lambda: create_app(settings))


@main.command(name="worker")
@click.pass_context
@told
def worker_(context: click.Context) -> None:
    """Read the mailboxes and send replies, alone."""
    child.end_with_parent()
    child.give_memory_back()
    settings = _begin(context)
    with _opened(settings) as database:
        worker.run(settings, database)


@main.command(name="doctor")
@click.pass_context
def doctor_(context: click.Context) -> None:
    """Try each part and say what is wrong and what to do."""
    sick = False
    for finding in doctor.examine(_config(context)):
        sick = sick or not finding.well
        click.secho(doctor.line(finding), fg=None if finding.well else "red")
    sys.exit(1 if sick else 0)


@main.command(name="migrate")
@click.pass_context
@told
def migrate_(context: click.Context) -> None:
    """Bring the database up to this version. `run`, `web` and `worker` do it by themselves."""
    with _opened(load(_config(context))) as database:
        done = migrate(database.engine)
    click.echo(f"Ran {', '.join(done)}." if done else "The database is up to date.")


@main.group()
def account() -> None:
    """People who sign in."""


@account.command()
@click.option("--email", prompt="E-mail address")
@click.option("--name", prompt="Name")
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, help="May be given more than once.")
@click.pass_context
@told
def add(context: click.Context, email: str, name: str, roles: tuple[str, ...]) -> None:
    """Add a person (a reporter, where no role is given) and print the link to set their password, good once."""
    settings = load(_config(context))
    with _opened(settings) as database, database.writing() as session:
        wanted = {Role(role) for role in roles} or {Role.REPORTER}
        token = accounts.invite(session, email, name, wanted, ActorKind.SYSTEM)
        session.commit()
    click.echo(f"Within 24 hours, once: {settings.newsroom.url}/welcome/{token}")


@account.command()
@click.argument("email")
@click.pass_context
@told
def reset(context: click.Context, email: str) -> None:
    """Take a person's password and sessions away and print the link to set a new one."""
    settings = load(_config(context))
    with _opened(settings) as database, database.writing() as session:
        found = accounts.by_email(session, email)
        if found is None or found.id is None:
            raise click.ClickException("There is no account with this address.")
        token = accounts.reset(session, found.id, ActorKind.SYSTEM)
        session.commit()
    click.echo(f"Within 24 hours, once: {settings.newsroom.url}/welcome/{token}")


@main.group()
def mailbox() -> None:
    """Mailboxes that sign in with a grant of Google, Microsoft or another provider."""


@mailbox.command(name="connect")
@click.argument("name")
@click.option("--browser", is_flag=True, help="By a browser, where a device code would do.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="For the browser's answer. Default: a free one.")
@click.pass_context
@told
def connect_(context: click.Context, name: str, browser: bool, port: int) -> None:
    """Let a person consent that tipline reads the mailbox NAME, keep the grant, and try it.

    A running worker takes it up within a minute. Where the provider gives no device codes for mail (Google), a
    browser comes back to this machine; over `ssh -L` it may be a browser elsewhere.
    """
    settings = load(_config(context))
    sick = False
    with _opened(settings) as database:
        migrate(database.engine)
        door = connect.Door(browser, port, socket.gethostname())
        for finding in connect.connect(settings, database, name, door, click.echo):
            sick = sick or not finding.well
            click.secho(doctor.line(finding), fg=None if finding.well else "red")
    sys.exit(1 if sick else 0)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@told
def inspect(file: Path, as_json: bool) -> None:
    """Show how a mail is read. Nothing is stored."""
    try:
        read = parse.describe(file.read_bytes())
    except UnreadableMessage as error:
        raise click.ClickException(f"This mail can't be read ({error.reason}): it would be set aside.") from None
    if as_json:
        click.echo(json.dumps(read, ensure_ascii=False, indent=2))
        return
    for key, value in read.items():
        if value not in ("", [], False, None):
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            click.echo(f"{click.style(key, bold=True)}: {shown}")


@main.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"), show_default=True)
@click.option("--reset", "anew", is_flag=True, help="Begin anew: all that was done in it is gone.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: the first free one from 5000 on.")
@told
def demo(folder: Path, anew: bool, port: int | None) -> None:
    """Show tipline with made-up readers, on this machine alone."""
    made = build.open_or_build(folder.absolute(), click.echo, reset=anew)
    environment = build.environment(port or server.free_port(5000))
    settings = load(made.config, environment)
    server.can_listen(settings)
    click.echo("Starting …")
    sys.exit(
        process.run(
            made.config,
            lambda: server.answers(settings),
            lambda: click.echo(build.welcome(made, settings)),
            os.environ | environment,
        )
    )


def _config(context: click.Context) -> Path | None:
    found: Path | None = context.find_root().obj
    return found


def _begin(context: click.Context) -> Settings:
    """Settings and a migrated database, before anything is served: what is wrong is said here, once."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = load(_config(context))
    with _opened(settings) as database:
        for revision in migrate(database.engine):
            logging.getLogger("tipline").info("migrated to %s", revision)
        if count := forgetting.again(database):
            logging.getLogger("tipline").warning("%d erased tips were in the database again; erased again", count)
    return settings


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    database = open_database(settings)
    try:
        yield database
    finally:
        database.engine.dispose()


def _ask(question: Question, default: str) -> str:
    while True:
        value: str = click.prompt(
            question.words,
            default=default,
            hide_input=question.hidden,
            show_default=bool(default) and not question.hidden,
        ).strip()
        problem = question.check(value)
        if value and question.twice and not problem and click.prompt("Once more", hide_input=True).strip() != value:
            problem = "These two differ. Type it anew."
        if not problem:
            return value
        click.secho(f"  {problem}", fg="red")


def _try_out(name: str, answers: Answers, config: Path) -> None:
    """After the last question on a server: try it, if wanted, and let its questions be asked again."""
    trial = trials.after(name, answers, config)
    while trial and click.confirm(f"Try {trial.words} now?", default=True):
        finding = trial.run()
        click.secho(f"  {doctor.line(finding)}", fg=None if finding.well else "red")
        if finding.well or not click.confirm("Correct the answers?", default=True):
            return
        for question in questions():
            if question.name.startswith(trial.prefix) and question.asked(answers):
                answers.given[question.name] = _ask(question, answers[question.name] or question.default(answers))


if __name__ == "__main__":
    main()
