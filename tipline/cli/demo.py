"""`tipline demo`: a newsroom of made-up readers."""

import sys
from pathlib import Path

import click

from tipline import bind_address, supervisor
from tipline.cli.base import told
from tipline.config import load
from tipline.demo import build


@click.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"), show_default=True)
@click.option("--reset", "anew", is_flag=True, help="Begin anew: all that was done in it is gone.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: the first free one from 5000 on.")
@told
def demo(folder: Path, anew: bool, port: int | None) -> None:
    """Show tipline with made-up readers, on this machine alone."""
    made = build.open_or_build(folder.absolute(), click.echo, reset=anew)
    with build.locked(made.folder):
        sys.exit(_serve(made, port))


def _serve(made: build.Demo, port: int | None) -> int:
    environment = build.environment(port or bind_address.free_port(5000))
    settings = load(made.config, environment)
    bind_address.can_listen(settings)
    click.echo("Starting …")
    return supervisor.run(
        made.config,
        lambda: bind_address.answers(settings),
        lambda: click.echo(build.welcome(made, settings)),
        environment,
    )
