"""`tipline run`: serve pages and run the worker."""

import sys

import click

from tipline import bind_address, supervisor
from tipline.cli.base import begin, config_of, told


@click.command()
@click.pass_context
@told
def run(context: click.Context) -> None:
    """Serve pages and run the worker, until SIGTERM or Ctrl-C."""
    settings = begin(context, anew=True)
    bind_address.can_listen(settings)
    said = f"tipline serves {settings.newsroom.url} from {bind_address.address(settings)}. Ctrl-C stops it."
    sys.exit(supervisor.run(config_of(context), lambda: bind_address.answers(settings), lambda: click.echo(said)))
