"""`tipline mailbox`: grants of Google, Microsoft and others."""

import socket
import sys

import click

from tipline import doctor
from tipline.cli.base import config_of, told
from tipline.cli.startup import opened
from tipline.config import load
from tipline.schema import migrate
from tipline.setup import connect


@click.group()
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
    settings = load(config_of(context))
    sick = False
    with opened(settings) as database:
        migrate(database.engine)
        method = connect.ConsentMethod(browser, port, socket.gethostname())
        for finding in connect.connect(settings, database, name, method, click.echo):
            sick = sick or not finding.well
            click.secho(doctor.line(finding), fg=None if finding.well else "red")
    sys.exit(1 if sick else 0)
