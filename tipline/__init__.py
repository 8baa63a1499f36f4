"""tipline: the tips desk of a newsroom."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from tipline.config import Settings
    from tipline.db import Database


def create_app(settings: "Settings", database: "Database | None" = None) -> "Flask":
    """The pages as a WSGI application. Without a database, the one that the settings name is opened."""
    # Imported here: the worker and the child that reads mail import this package too, and need no Flask.
    from tipline.resources import open_database
    from tipline.web import BLUEPRINTS, wiring

    return wiring.application(settings, database or open_database(settings), BLUEPRINTS)
