"""`tipline reparse`: stored mail read again, as this version reads it."""

import time

import click

from tipline.cli.base import begin, told
from tipline.cli.startup import opened
from tipline.core.mailboxes import reparse
from tipline.errors import LeaseTaken, LostLease
from tipline.jobs.reparse import Reparsing

LINE_SECONDS = 2.0
BUSY_SECONDS = 1.0  # until a look whether the worker's batch is done


@click.command(name="reparse")
@click.option("--left", is_flag=True, help="Try those again, too, that this version has left as they were.")
@click.pass_context
@told
def reparse_(context: click.Context, left: bool) -> None:
    """Read stored mail again, as this version reads it. After an update the worker does it by itself. Interrupted, it
    goes on where it stopped."""
    with opened(begin(context)) as database:
        if left:
            with database.writing() as session:
                reparse.retry_left(session)
                session.commit()
        job, said_at = Reparsing(database), time.monotonic()
        try:
            while _step(job):
                if time.monotonic() - said_at > LINE_SECONDS:
                    said_at = time.monotonic()
                    click.echo(f"{job.done.read:,} messages")
        except KeyboardInterrupt:
            click.echo("Stopped. The worker goes on from here, and so does `tipline reparse`.")
        with database.reading() as session:
            waiting, left_now = reparse.standing(session)
    done = job.done
    click.echo(
        f"Read {done.read:,} messages again: {done.changed:,} show other words, {done.left:,} were left as they were. "
        f"{waiting:,} wait; {left_now:,} are left in all."
    )


def _step(job: Reparsing) -> bool:
    """A batch; True where there may be more. Where the worker is at one, it is waited for."""
    try:
        return job.run()
    except (LeaseTaken, LostLease):
        time.sleep(BUSY_SECONDS)
        return True
