"""`tipline web`: serve pages alone."""

import click

from tipline import child_process, create_app, server
from tipline.cli.base import begin, told


@click.command()
@click.pass_context
@told
def web(context: click.Context) -> None:
    """Serve pages alone."""
    child_process.end_with_parent()
    child_process.give_memory_back()
    child_process.share_one_heap()
    settings = begin(context, anew=True)
    server.serve(settings, lambda: create_app(settings))
