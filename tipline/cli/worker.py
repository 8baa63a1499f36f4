"""`tipline worker`: read the mailboxes and send replies, alone."""

import click

from tipline import child_process, worker
from tipline.cli.base import begin, told
from tipline.cli.startup import opened


@click.command(name="worker")
@click.pass_context
@told
def worker_(context: click.Context) -> None:
    """Read the mailboxes and send replies, alone."""
    child_process.end_with_parent()
    child_process.give_memory_back()
    settings = begin(context)
    with opened(settings) as database:
        worker.run(settings, database)
