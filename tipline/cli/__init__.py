"""The command `tipline`. Each command is thin: it reads its options, calls, and says what happened.

A command's module is imported when it is called: the web process needs no mail parser, and the worker no pages.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

import click

DEFAULT_CONFIG = Path("config.toml")
COMMANDS = {  # where each is, and what it does in the list of them, which loads none
    "init": ("setup:init", "Set up a newsroom: asks what it needs, writes config.toml and the key file."),
    "doctor": ("setup:doctor_", "Try each part and say what is wrong and what to do."),
    "migrate": ("setup:migrate_", "Bring the database up to this version."),
    "run": ("run:run", "Serve pages and run the worker, until SIGTERM or Ctrl-C."),
    "web": ("web:web", "Serve pages alone."),
    "worker": ("worker:worker_", "Read the mailboxes and send replies, alone."),
    "account": ("accounts:account", "People who sign in."),
    "mailbox": ("mailboxes:mailbox", "Mailboxes that sign in with a grant of Google, Microsoft or another provider."),
    "inspect": ("inspect:inspect", "Show how a mail is read."),
    "reindex": ("reindex:reindex_", "Make the search index anew, while everybody works on."),
    "reparse": ("reparse:reparse_", "Read stored mail again, as this version reads it."),
    "demo": ("demo:demo", "Show tipline with made-up readers, on this machine alone."),
}


class Commands(click.Group):
    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, found = COMMANDS[name][0].partition(":")
        command: click.Command = getattr(import_module(f"tipline.cli.{module}"), found)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(context)])


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
    if sys.platform == "win32":
        raise click.ClickException("tipline runs on Linux and macOS; on Windows, run it inside WSL.")
    os.umask(0o077)  # whatever we write holds readers' words
    context.obj = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
