"""`tipline run`: serve pages and run the worker."""

import sys

import click

from tipline import listening, process
from tipline.cli.base import begin, config_of, told


@click.command()
@click.pass_context
@told
def run(context: click.Context) -> None:
    """Serve pages and run the worker, until SIGTERM or Ctrl-C."""
    settings = begin(context, anew=True)
    listening.can_listen(settings)
    said = f"tipline serves {settings.newsroom.url} from {listening.address(settings)}. Ctrl-C stops it."
    sys.exit(process.run(config_of(context), lambda: listening.answers(settings), lambda: click.echo(said)))
