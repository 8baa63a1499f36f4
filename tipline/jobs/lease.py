"""A worker's turn at a mailbox or the outbox: a lease, taken, kept alive while the work goes on, and given back."""

import contextlib
import hashlib
import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from tipline.core.mailboxes import leases
from tipline.db import Database
from tipline.errors import LostLease

Given = ParamSpec("Given")
Result = TypeVar("Result")


_ours: set[str] = set()  # the names that this process has made


def new_holder() -> str:
    """A name for a worker that no other has, and that tells a person where it runs."""
    host = socket.gethostname().replace("/", "")[:12]
    name = f"{host}/{_place()}/{os.getpid()}/{secrets.token_hex(4)}"
    _ours.add(name)
    return name


@lru_cache(maxsize=1)
def _place() -> str:
    """Where process numbers mean what they mean here: this boot of this machine, or this container; "" for unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_bytes()
        numbers = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return ""
    return hashlib.blake2b(f"{socket.gethostname()}{numbers}".encode() + boot, digest_size=4).hexdigest()


def is_dead(holder: str) -> bool:
    """Whether a worker surely runs no more: its process was here and is gone. So a killed one costs no minute."""
    parts = holder.split("/")
    if len(parts) != 4 or not _place() or parts[1] != _place() or not parts[2].isdigit():
        return False
    if int(parts[2]) == os.getpid():
        return holder not in _ours
    try:
        os.kill(int(parts[2]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


@dataclass
class Lease:
    """`with Lease(database, name, holder) as lease:` raises LeaseTaken where another worker has it.

    A transaction of this turn begins with `lease.check`. `ran_out`: whoever had it before never gave it back.
    """

    database: Database
    name: str
    holder: str = field(default_factory=new_holder)
    id: int = 0
    number: int = 0
    ran_out: bool = False
    _done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        with self.database.writing() as session:
            self.id, self.number, self.ran_out = leases.take(session, self.name, self.holder, is_dead)
            session.commit()
        self._done.clear()
        threading.Thread(target=self._keep, args=(self._done,), name=f"lease {self.name}", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        # Where the database is away, the lease runs out by itself.
        with contextlib.suppress(SQLAlchemyError), self.database.writing() as session:
            leases.give_back(session, self.id, self.number)
            session.commit()

    def check(self, session: Session) -> None:
        """LostLease where another worker took over meanwhile; else nobody can, until this transaction ends."""
        leases.hold(session, self.id, self.number)

    def commit(
        self, step: Callable[Concatenate[Session, Given], Result], *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """One step of core in a transaction of its own. LostLease, and nothing written, where it is not our turn."""
        with self.database.writing() as session:
            self.check(session)
            result = step(session, *given, **named)
            session.commit()
        return result

    def _keep(self, done: threading.Event) -> None:
        """Renew while one step takes long: a large mail over a slow line, a parser at its limit."""
        while not done.wait(leases.SECONDS / 3):
            try:
                with self.database.writing() as session:
                    self.check(session)
                    session.commit()
            except LostLease:
                return
            except SQLAlchemyError:
                continue
