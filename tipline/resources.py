"""Opening what the settings name: the master key, the database, the folder of files.

Apart from tipline/config.py, since the parent of the processes that serve reads settings and opens nothing.
"""

import os

from tipline.config import Settings
from tipline.db import Database, connect
from tipline.errors import SettingsError
from tipline.sealing import Master, read_key
from tipline.storage import LocalFiles, make_folder

ERASED_LIST = "erased.txt"  # marks of erased tips, in the data folder; jobs/after_erasure.py writes and reads it


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


def make_folders(settings: Settings) -> None:
    """Make the data folder and all that a backup copies from it, where it is missing: `files/`, `spool/` and the list
    of erased tips. SettingsError where the folder can't be written."""
    folder = settings.data.folder
    try:
        for place in (folder, folder / "files", folder / "spool"):
            make_folder(place)
        os.close(os.open(folder / ERASED_LIST, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise SettingsError(f"data.folder: {folder} can't be written ({error.strerror}); check its owner") from None
