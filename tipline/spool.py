"""The spool: forms that the database could not take, or that came while many did, wait in a folder, sealed and fsynced,
until the worker files them, a moment later or when the database takes them in.

A form is one file of words and one for each attachment, named by the keyed hash of its reader's code: receipt and
reader's page find it there. The data key of each file stands in it, wrapped by the master key. Filing goes by the same
submission id and words as a form that is sent, so that nothing is filed twice, whoever is killed and whoever sends
again. The folder is this machine's: the worker beside the web process files it.
"""

import hashlib
import json
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import TypeAdapter, ValidationError

from tipline.chunks import Plain, Readable, Rest, seal_pieces, unseal_file
from tipline.core import drafts, intake, receipts, submissions
from tipline.core.arrival import Arrival, Attached, SealedFile
from tipline.core.intake import Filed
from tipline.db import OUT_OF_REACH, Database
from tipline.errors import NotVisible, SealBroken
from tipline.sealing import Master, OpenKey, new_id
from tipline.storage import PART, write_durably

log = logging.getLogger("tipline.spool")

MAGIC = b"tipline spool 1\n"
WRAPPED = 60  # bytes of a wrapped data key
LENGTH = 4  # bytes before the words' JSON, big endian
WORDS, FILE, DAMAGED = ".words", ".file", ".damaged"
UNFINISHED = 86_400.0  # seconds after which nobody writes a file any more
PATIENCE = 1.0  # seconds that the worker waits for the database; it comes again soon
TURN = 1.0  # seconds after which the worker sees to its other jobs
GAP = 0.005  # seconds between two, in which others get to write
OPENED = 500  # files that are opened to see how things stand

ARRIVAL: TypeAdapter[Arrival] = TypeAdapter(Arrival)


@dataclass(frozen=True, slots=True)
class Standing:
    """What waits: forms, since when the oldest does, and files that do not open (kept, and never filed)."""

    waiting: int = 0
    since: datetime | None = None
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Spooled:
    """The words of a form as they lie in the spool. `before`: ids of draft files that came earlier are smaller."""

    arrival: Arrival
    before: int


class Damaged(Exception):
    """A file of the spool that does not open, or does not say what a form says."""


@dataclass
class Spool:
    """The folder, and the key to it."""

    root: Path
    master: Master
    reported: set[str] = field(default_factory=set)  # files whose trouble stands in the log already

    @classmethod
    def of(cls, database: Database) -> "Spool":
        """The spool of a newsroom: beside its large sealed files."""
        return cls(database.files.root.parent / "spool", database.master)

    def put_words(self, arrival: Arrival) -> str:
        """Keep a form durably; the key of its receipt. Refused or OSError where the disk does not take it.

        Sent again, it is there already and stays as it is.
        """
        key = intake.submission_key(arrival)
        name = self._hash(key) + WORDS
        if not self._is_there(name):
            said = ARRIVAL.dump_json(replace(arrival, attachments=()) if arrival.attachments else arrival)
            self._write(name, json.dumps({"before": new_id(), "arrival": said.decode()}).encode(), Plain(b""))
        return key

    def put_file(self, submission_key: str, attached: Attached) -> None:
        """Keep an attachment of a form, whether its words lie here or are filed. Refused or OSError as `put_words`."""
        mark = hashlib.blake2b(attached.name.encode("utf-8", "replace") + b"\0", digest_size=16)
        for piece in attached.data.pieces():
            mark.update(piece)
        # keyed: whoever sees the folder must not be able to tell which known picture lies in it
        alike = self.master.lookup_hash("spool", submission_key + mark.hexdigest())[:32]
        name = f"{self._hash(submission_key)}.{alike}{FILE}"
        if not self._is_there(name):
            said = {"key": submission_key, "name": attached.name, "declared_type": attached.declared_type}
            self._write(name, json.dumps(said).encode(), attached.data)

    def find(self, code_hash: str) -> Arrival | None:
        """The words that wait under a reader's code (`receipts.code_hash`); None where none do, or they do not open."""
        try:
            return self._words(code_hash + WORDS).arrival if code_hash else None
        except (Damaged, FileNotFoundError):
            return None

    def files(self, code_hash: str) -> int:
        """How many attachments wait under a reader's code."""
        return sum(name.endswith(FILE) for name in self._under(code_hash))

    def forget(self, code_hash: str) -> None:
        """Remove whatever waits under a reader's code: they took it back."""
        for name in self._under(code_hash):
            self._path(name).unlink(missing_ok=True)

    def standing(self) -> Standing:
        """What waits now. Opens those that wait longest: what does not open stays, and is among them soon."""
        waiting, damaged, oldest = 0, 0, None
        names = self._names(WORDS, FILE, DAMAGED)
        for name in names[:OPENED]:
            try:
                self._check(name)
                changed = self._changed_at(name)
            except Damaged:
                damaged += 1
            except FileNotFoundError:  # the worker was faster
                continue
            else:
                waiting += name.endswith(WORDS)
                oldest = min(oldest or changed, changed)
        waiting += sum(name.endswith(WORDS) for name in names[OPENED:])
        return Standing(waiting, datetime.fromtimestamp(oldest, UTC) if oldest else None, damaged)

    def tidy(self) -> None:
        """Remove what was never finished: its process was killed, and nobody was told that we have it."""
        for path in self._paths():
            with suppress(FileNotFoundError):
                if path.suffix == PART and path.stat().st_mtime < time.time() - UNFINISHED:
                    path.unlink()

    def file(self, database: Database) -> bool:
        """File what waits, in the order in which it came, for a moment; whether there may be more. The database's
        trouble ends it until the next time. A job of the worker."""
        ends_at = time.monotonic() + TURN
        for name in self._in_order():
            try:
                self._file_one(database, name)
            except OUT_OF_REACH:
                return False
            except FileNotFoundError:
                continue
            except Exception as error:  # noqa: BLE001  one that can't be filed must not block the others
                self._report(name, error)
            if time.monotonic() > ends_at:
                return True
            time.sleep(GAP)
        return False

    def file_words(self, database: Database, code_hash: str) -> None:
        """File the words under a reader's code at once, since they ask for it; quiet where that is done already.
        OperationalError where the database takes nothing in."""
        with suppress(FileNotFoundError, Damaged):
            self._file_words(database, code_hash + WORDS)

    def _file_one(self, database: Database, name: str) -> None:
        if name.endswith(WORDS):
            self._file_words(database, name)
        else:
            self._file_attachment(database, name)

    def _file_words(self, database: Database, name: str) -> None:
        spooled = self._words(name)
        try:
            with database.writing(PATIENCE) as session:
                filed = intake.receive(session, spooled.arrival)
                if not self._path(name).exists():  # filed and deleted by its reader, while this waited for its turn
                    return
                session.commit()
        except NotVisible:  # the tip that it answers for was erased meanwhile: it goes too
            self.forget(name.removesuffix(WORDS))
            return
        self._file_drafted(database, spooled, filed)
        # only now: whoever is killed before it does all of this again, which adds nothing
        self._path(name).unlink(missing_ok=True)

    def _file_drafted(self, database: Database, spooled: Spooled, filed: Filed) -> None:
        """Files that came with an earlier try of this form, which did not pass, wait in its draft. It goes too, unless
        something came after this."""
        submission_id = spooled.arrival.submission_id.partition("-")[0]
        with database.reading() as session:
            kept = drafts.take(session, submission_id)
        if kept is None:
            return
        earlier = [file.id for file in kept.files if file.id < spooled.before]
        for file_id in earlier:
            with database.writing(PATIENCE) as session:
                submissions.attach(session, filed, drafts.attachment(session, submission_id, file_id))
                drafts.drop_file(session, submission_id, file_id)
                session.commit()
        if len(earlier) == len(kept.files) and kept.at <= spooled.arrival.received_at:
            with database.writing(PATIENCE) as session:
                drafts.forget(session, submission_id)
                session.commit()

    def _file_attachment(self, database: Database, name: str) -> None:
        said, content = self._read(name)
        try:
            key, attached = said["key"], SealedFile(said["name"], content, said["declared_type"])
        except KeyError:
            raise Damaged from None
        with database.writing(PATIENCE) as session:
            filed = submissions.filed(session, key)
            if filed is None:
                return  # its words wait too
            submissions.attach(session, filed, attached)
            session.commit()
        self._path(name).unlink(missing_ok=True)

    def _report(self, name: str, error: Exception) -> None:
        if name not in self.reported:
            self.reported.add(name)
            log.error("spool, %s: %s; it is kept", name[:12], type(error).__name__)

    def _hash(self, submission_key: str) -> str:
        return receipts.hash_by(self.master, submission_key)

    def _words(self, name: str) -> Spooled:
        said, _ = self._read(name)
        try:
            return Spooled(ARRIVAL.validate_json(said["arrival"]), int(said["before"]))
        except (KeyError, ValueError, ValidationError):
            raise Damaged from None

    def _is_there(self, name: str) -> bool:
        """Whether the same lies here already and opens; what does not open is put aside, not written over."""
        if not self._path(name).exists():  # mostly
            return False
        try:
            self._check(name)
        except FileNotFoundError:  # the worker filed it at this moment
            return False
        except Damaged:
            self._path(name).rename(self._path(f"{name}.{new_id()}{DAMAGED}"))
            return False
        return True

    def _write(self, name: str, said: bytes, content: Readable) -> None:
        key, wrapped = self.master.new_key(new_id())
        plain = chain((len(said).to_bytes(LENGTH, "big") + said,), content.pieces())
        sealed = seal_pieces(key, plain, f"spool:{name}:content")
        write_durably(self._path(name), chain((MAGIC, wrapped), sealed), len(said) + content.size)

    def _read(self, name: str) -> tuple[dict[str, Any], Readable]:
        path, head = self._path(name), len(MAGIC) + WRAPPED
        with path.open("rb") as file:
            wrapped = file.read(head)[len(MAGIC) :]

        def opened() -> BinaryIO:
            return path.open("rb")

        def unwrap(key_id: int) -> OpenKey:
            return self.master.unwrap(key_id, wrapped)

        try:
            plain = unseal_file(opened, unwrap, f"spool:{name}:content", head)
            end = LENGTH + int.from_bytes(b"".join(plain.pieces(0, LENGTH)), "big")
            said: dict[str, Any] = json.loads(b"".join(plain.pieces(LENGTH, end)))
        except (SealBroken, ValueError):
            raise Damaged from None
        return said, Rest(plain, end)

    def _check(self, name: str) -> None:
        """Damaged where a file does not open, to its end."""
        _, content = self._read(name)
        try:
            for _ in content.pieces():
                pass
        except SealBroken:
            raise Damaged from None

    def _in_order(self) -> list[str]:
        """Names of what is to be filed: form by form, words before files; what was in trouble before comes last."""
        names = self._names(WORDS, FILE)
        came: dict[str, int] = {}
        for name in names:
            came.setdefault(_form_of(name), len(came))
        return sorted(names, key=lambda name: (name in self.reported, came[_form_of(name)], not name.endswith(WORDS)))

    def _names(self, *kinds: str) -> list[str]:
        """Names of these kinds, oldest first."""
        found = []
        for path in self._paths():
            with suppress(FileNotFoundError):  # the worker took it away meanwhile
                if path.suffix in kinds:
                    found.append((path.stat().st_mtime_ns, path.name))
        return [name for _, name in sorted(found)]

    def _under(self, code_hash: str) -> list[str]:
        """Names of what waits under a reader's code."""
        return [path.name for path in self._paths() if code_hash and path.name.startswith(code_hash)]

    def _paths(self) -> list[Path]:
        try:
            return list(self.root.iterdir())
        except FileNotFoundError:  # no folder yet
            return []

    def _changed_at(self, name: str) -> float:
        return self._path(name).stat().st_mtime

    def _path(self, name: str) -> Path:
        return self.root / name


def _form_of(name: str) -> str:
    return name.partition(".")[0]
