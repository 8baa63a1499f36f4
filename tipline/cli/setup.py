"""`tipline init` asks for what a newsroom needs, `doctor` tries it, `migrate` brings the database up."""

import sys
from pathlib import Path

import click

from tipline import doctor
from tipline.cli import DEFAULT_CONFIG
from tipline.cli.base import config_of, told
from tipline.cli.startup import opened, reached
from tipline.config import load
from tipline.resources import make_folders
from tipline.schema import migrate
from tipline.setup import server_checks, write_files
from tipline.setup.questions import InitAnswers, InitQuestion, questions


@click.command()
@click.option("--defaults", is_flag=True, help="Ask nothing; take every default.")
@click.pass_context
@told
def init(context: click.Context, defaults: bool) -> None:
    """Set up a newsroom: asks what it needs, writes config.toml and the key file."""
    config = config_of(context) or DEFAULT_CONFIG
    write_files.nothing_there(config)
    answers = InitAnswers()
    for question in questions():
        if question.asked(answers):
            default = question.default(answers)
            answers.given[question.name] = default if defaults else _ask(question, default)
            if not defaults:
                _try_out(question.name, answers, config)
    with reached():
        for line in write_files.write(config, answers):
            click.echo(line)


@click.command(name="doctor")
@click.pass_context
def doctor_(context: click.Context) -> None:
    """Try each part and say what is wrong and what to do."""
    sick = False
    for finding in doctor.examine(config_of(context)):
        sick = sick or not finding.well
        click.secho(doctor.line(finding), fg=None if finding.well else "red")
    sys.exit(1 if sick else 0)


@click.command(name="migrate")
@click.pass_context
@told
def migrate_(context: click.Context) -> None:
    """Bring the database up to this version. `run`, `web` and `worker` do it by themselves."""
    settings = load(config_of(context))
    make_folders(settings)
    with opened(settings) as database:
        done = migrate(database.engine)
    click.echo(f"Ran {', '.join(done)}." if done else "The database is up to date.")


def _ask(question: InitQuestion, default: str) -> str:
    while True:
        value: str = question.clean(
            click.prompt(
                question.words,
                default=default,
                hide_input=question.hidden,
                show_default=bool(default) and not question.hidden,
            )
        )
        problem = question.check(value)
        if value and question.twice and not problem and click.prompt("Once more", hide_input=True).strip() != value:
            problem = "These two differ. Type it anew."
        if not problem:
            return value
        click.secho(f"  {problem}", fg="red")


def _try_out(name: str, answers: InitAnswers, config: Path) -> None:
    """After the last question on a server: try it, if wanted, and let its questions be asked again."""
    trial = server_checks.after(name, answers, config)
    while trial and click.confirm(f"Try {trial.words} now?", default=True):
        finding = trial.run()
        click.secho(f"  {doctor.line(finding)}", fg=None if finding.well else "red")
        if finding.well or not click.confirm("Correct the answers?", default=True):
            return
        for question in questions():
            if question.name.startswith(trial.prefix) and question.asked(answers):
                answers.given[question.name] = _ask(question, answers[question.name] or question.default(answers))
