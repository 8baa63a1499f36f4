"""`tipline run`: serve pages and run the worker."""

import sys

import click

from tipline import process, server
from tipline.cli.base import begin, config_of, told


@click.command()
@click.pass_context
@told
def run(context: click.Context) -> None:
    """Serve pages and run the worker, until SIGTERM or Ctrl-C."""
    settings = begin(context)
    server.can_listen(settings)
    said = f"tipline serves {settings.newsroom.url} from {server.address(settings)}. Ctrl-C stops it."
    sys.exit(process.run(config_of(context), lambda: server.answers(settings), lambda: click.echo(said)))
