"""The command `tipline`. Each command is thin: it reads its options, calls, and says what happened.

A command's module is imported when it is called: the web process needs no mail parser, and the worker no pages.
"""

import os
from importlib import import_module
from pathlib import Path

import click

DEFAULT_CONFIG = Path("config.toml")
COMMANDS = {
    "init": "setting_up:init",
    "doctor": "setting_up:doctor_",
    "migrate": "setting_up:migrate_",
    "run": "running:run",
    "web": "web:web",
    "worker": "worker:worker_",
    "account": "accounts:account",
    "mailbox": "mailboxes:mailbox",
    "inspect": "inspect:inspect",
    "reindex": "reindex:reindex_",
    "demo": "demo:demo",
}


class Commands(click.Group):
    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, found = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(f"tipline.cli.{module}"), found)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    envvar="TIPLINE_CONFIG",
    help="The settings' file. Default: config.toml here, where there is one.",
)
@click.version_option(package_name="tipline")
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """The tips desk of a newsroom. `tipline demo` shows it, `tipline init` sets one up."""
    os.umask(0o077)  # whatever we write holds readers' words
    context.obj = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
