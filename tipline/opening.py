"""Opening what the settings name: the master key, the database, the folder of files.

Apart from tipline/config.py, since the parent of the processes that serve reads settings and opens nothing.
"""

from tipline.config import Settings
from tipline.db import Database, connect
from tipline.errors import SettingsError
from tipline.sealing import Master, read_key
from tipline.storage import LocalFiles


def master(settings: Settings) -> Master:
    """The master key, from the setting or its file. SettingsError where there is none or others may read it."""
    if secret := settings.secrets.key.get_secret_value():
        return read_key(secret)
    file = settings.secrets.key_file
    try:
        mode = file.stat().st_mode & 0o077
        text = file.read_text(encoding="ascii")
    except FileNotFoundError:
        raise SettingsError(f"secrets.key_file: {file} is missing; put your copy back, or run `tipline init`") from None
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"secrets.key_file: {file} can't be read") from None
    if mode:
        raise SettingsError(f"secrets.key_file: others may read {file}; run `chmod 600` on it")
    return read_key(text)


def open_database(settings: Settings) -> Database:
    """The engine, key, file store and zone that the settings name."""
    files = LocalFiles(settings.data.folder / "files")
    return Database(connect(settings.database_url), master(settings), files, settings.newsroom.timezone)
