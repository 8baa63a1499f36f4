"""What a running application stands on: its settings and its database."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from tipline.config import Settings
from tipline.db import Database


@dataclass(frozen=True, slots=True)
class Place:
    settings: Settings
    database: Database


def place() -> Place:
    return cast(Place, current_app.extensions["tipline"])


def settings() -> Settings:
    """The settings of the application that answers now."""
    return place().settings
