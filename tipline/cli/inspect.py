"""`tipline inspect`: how a mail is read."""

import json
from pathlib import Path

import click

from tipline.cli.base import told
from tipline.errors import UnreadableMessage
from tipline.mail import parse


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@told
def inspect(file: Path, as_json: bool) -> None:
    """Show how a mail is read. Nothing is stored."""
    try:
        read = parse.describe(file.read_bytes())
    except UnreadableMessage as error:
        raise click.ClickException(f"This mail can't be read ({error.reason}): it would be set aside.") from None
    if as_json:
        click.echo(json.dumps(read, ensure_ascii=False, indent=2))
        return
    for key, value in read.items():
        if value not in ("", [], False, None):
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            click.echo(f"{click.style(key, bold=True)}: {shown}")
