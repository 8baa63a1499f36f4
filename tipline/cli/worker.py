"""`tipline worker`: read the mailboxes and send replies, alone."""

import click

from tipline import child, worker
from tipline.cli.base import begin, told
from tipline.cli.beginning import opened


@click.command(name="worker")
@click.pass_context
@told
def worker_(context: click.Context) -> None:
    """Read the mailboxes and send replies, alone."""
    child.end_with_parent()
    child.give_memory_back()
    settings = begin(context)
    with opened(settings) as database:
        worker.run(settings, database)
