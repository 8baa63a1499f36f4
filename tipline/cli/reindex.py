"""`tipline reindex`: the search index made anew, or the numbers."""

import click

from tipline.cli.base import begin, told
from tipline.cli.startup import opened
from tipline.reindex import recount, reindex


@click.command(name="reindex")
@click.option("--after", type=click.IntRange(min=0), default=0, help="A tip's number: go on above it.")
@click.option("--counts", is_flag=True, help="Count all tips anew instead. Stop tipline before.")
@click.pass_context
@told
def reindex_(context: click.Context, after: int, counts: bool) -> None:
    """Make the search index anew, while everybody works on. After an update the worker does it by itself."""
    with opened(begin(context)) as database:
        if counts:
            recount(database, click.echo)
        else:
            reindex(database, after, click.echo)
