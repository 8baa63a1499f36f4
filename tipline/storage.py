"""Files too large for the database, in a local folder: random names, sealed by the caller, durable once put."""

import os
import secrets
from pathlib import Path

from tipline.errors import Refused

FREE_SPACE_FLOOR = 64 * 1024 * 1024  # bytes; below it nothing is stored, so that the database can still commit


def write_durably(path: Path, *parts: bytes) -> None:
    """Put bytes under a path, all or nothing: a file beside it, fsync, rename, fsync of the folder.

    Makes the folder. Refused when the disk is nearly full, OSError when it does not take them.
    """
    _make(path.parent)
    space = os.statvfs(path.parent)
    if space.f_bavail * space.f_frsize < FREE_SPACE_FLOOR + sum(map(len, parts)):
        raise Refused("The disk is nearly full. Nothing was stored; free some space and try again.")
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sync(folder.parent)  # else a power cut may take the new folder away, with what was fsynced in it


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class LocalFiles:
    """A folder of sealed files. A name is 32 hex digits, spread over 256 folders; it says nothing of its content."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Store bytes durably (file and folder fsynced) and return their name. Refused when the disk is nearly full."""
        name = secrets.token_hex(16)
        write_durably(self.root / name[:2] / name, content)
        return name

    def get(self, name: str) -> bytes:
        """The bytes under a name. FileNotFoundError where there are none."""
        return self._path(name).read_bytes()

    def remove(self, name: str) -> None:
        """Forget the bytes under a name; quiet where they are gone already."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if len(name) != 32 or not set(name) <= set("0123456789abcdef"):
            raise FileNotFoundError(name)
        return self.root / name[:2] / name
