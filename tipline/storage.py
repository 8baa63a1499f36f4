"""Files too large for the database, in a local folder: random names, sealed by the caller, durable once put."""

import errno
import os
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from tipline.errors import DiskFull

FREE_SPACE_FLOOR = 64 * 1024 * 1024  # bytes; below it nothing is stored, so that the database can still commit
FULL = (errno.ENOSPC, errno.EDQUOT)
PART = ".part"  # of a file that is being written
BUFFER = 64 * 1024  # bytes
ROOM_STEP = 8 * 1024 * 1024  # bytes between two looks at the free space


def write_durably(path: Path, parts: Iterable[bytes], size: int = 0) -> None:
    """Put bytes under a path, all or nothing: a file beside it, fsync, rename, fsync of the folder.

    `size`: about how many bytes the parts have. Makes the folder. DiskFull when the disk is full or nearly, OSError
    when it does not take them for another reason.
    """
    folder = path.parent
    try:
        check_room(folder, size)
    except FileNotFoundError:
        make_folder(folder)
        check_room(folder, size)
    temporary = folder / f".{secrets.token_hex(8)}{PART}"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "wb", BUFFER) as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise DiskFull("The disk is full. Nothing was stored; free some space and try again.") from None
        raise
    sync_folder(folder)


def has_room(folder: Path, size: int = 0) -> bool:
    """Whether so many bytes fit above the floor of free space."""
    space = os.statvfs(folder)
    return space.f_bavail * space.f_frsize >= FREE_SPACE_FLOOR + size


def check_room(folder: Path, size: int) -> None:
    """DiskFull where the disk is nearly full, or would be with so many bytes more."""
    if not has_room(folder, size):
        raise DiskFull("The disk is nearly full. Nothing was stored; free some space and try again.")


def make_folder(folder: Path) -> None:
    """A folder for its owner alone, durable itself; quiet where it is there."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sync_folder(folder.parent)  # else a power cut may take the new folder away, with what was fsynced in it


def sync_folder(folder: Path) -> None:
    """Make durable which names lie in a folder."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class Nameless:
    """A file that no folder names: gone with this object, and with the process however that ends."""

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self._folder, self._written, self._checked = folder, 0, 0
        self._fd, path = tempfile.mkstemp(dir=folder, prefix=".", suffix=PART)
        Path(path).unlink()

    def __del__(self) -> None:
        if (fd := getattr(self, "_fd", -1)) >= 0:
            os.close(fd)

    def write(self, parts: Iterable[bytes]) -> None:
        """Put parts behind those that are there. Refused or OSError when the disk is full."""
        with os.fdopen(os.dup(self._fd), "wb", buffering=0) as file:
            for part in parts:
                if self._written >= self._checked:
                    check_room(self._folder, ROOM_STEP)
                    self._checked = self._written + ROOM_STEP
                self._written += len(part)
                write_all(file.fileno(), part)

    def open(self) -> BinaryIO:
        """The file for reading by position; it stays there as long as this object does."""
        return os.fdopen(os.dup(self._fd), "rb")


def write_all(fd: int, part: bytes) -> None:
    """All bytes, where one write takes a part of them. OSError with a part written."""
    left = memoryview(part)
    while left:
        left = left[os.write(fd, left) :]


class LocalFiles:
    """A folder of sealed files. A name is 32 hex digits, spread over 256 folders; it says nothing of its content."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Store bytes durably (file and folder fsynced) and return their name. Refused when the disk is nearly full."""
        return self.put_pieces((content,), len(content))

    def put_pieces(self, pieces: Iterable[bytes], size: int) -> str:
        """The same for bytes that come piece by piece, about `size` of them."""
        name = secrets.token_hex(16)
        write_durably(self.root / name[:2] / name, pieces, size)
        return name

    def nameless(self) -> Nameless:
        """A file for what is on its way in: on this disk, and in no folder."""
        return Nameless(self.root)

    def get(self, name: str) -> bytes:
        """The bytes under a name. FileNotFoundError where there are none."""
        return self._path(name).read_bytes()

    def open(self, name: str) -> BinaryIO:
        """The file under a name, for reading. FileNotFoundError where there is none."""
        return self._path(name).open("rb")

    def remove(self, name: str) -> None:
        """Forget the bytes under a name; quiet where they are gone already."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if len(name) != 32 or not set(name) <= set("0123456789abcdef"):
            raise FileNotFoundError(name)
        return self.root / name[:2] / name
