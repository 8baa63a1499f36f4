"""What commands share: which settings, a beginning, and how what is wrong is said."""

import logging
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click

from tipline import supervisor
from tipline.config import Settings, load
from tipline.errors import TiplineError

Given = ParamSpec("Given")
REMEDY = "Check who owns the folder and whether the disk has room, or work in another folder."


def told(command: Callable[Given, None]) -> Callable[Given, None]:
    """Turn what tipline finds wrong, and what the system refuses it, into one sentence and exit code 1."""

    @wraps(command)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except TiplineError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{where}{error.strerror or type(error).__name__}. {REMEDY}") from None

    return run


def config_of(context: click.Context) -> Path | None:
    """The settings' file that was named, or lies here."""
    found: Path | None = context.find_root().obj
    return found


def begin(context: click.Context, *, anew: bool = False) -> Settings:
    """Settings and a migrated database, before anything is served: what is wrong is said here, once.

    `anew`: this process only watches others from here on. It begins anew, without what preparing took.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    settings = load(config_of(context))
    if not supervisor.is_prepared():
        from tipline.cli.startup import prepare  # here, since it brings the whole of core

        prepare(settings)
        if anew:
            supervisor.begin_anew(config_of(context), str(context.info_name))
    return settings
