"""Where things lie: inside the installed package, or beside it in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
MIGRATIONS = PACKAGE / "migrations"
TRANSLATIONS = PACKAGE / "translations"
STATIC = PACKAGE / "static"
# The languages that the program itself speaks: English, and those of the catalogues.
CATALOGUES = ("en", *sorted(path.parent.name for path in TRANSLATIONS.glob("*/LC_MESSAGES")))


def templates() -> Path:
    """The templates: in the package once installed from a wheel, beside it in a checkout."""
    inside = PACKAGE / "templates"
    return inside if inside.is_dir() else PACKAGE.parent / "templates"
