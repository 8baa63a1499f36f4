"""Bytes that leave the file store with the transaction that forgets them, so that a rollback never leaves a row
without its file."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import event
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from tipline.core import vault

REMOVALS = "files to remove"  # in session.info, until the commit


@dataclass(slots=True)
class Removal:
    """A file's name in the store, and the savepoint within which its row was forgotten, if within one."""

    name: str
    within: SessionTransaction | None


def after_commit(session: Session, names: Iterable[str]) -> None:
    """Remove these from the file store once this transaction is committed."""
    waiting: list[Removal] | None = session.info.get(REMOVALS)
    if waiting is None:
        waiting = session.info[REMOVALS] = []
        event.listen(session, "after_commit", _remove)
        event.listen(session, "after_rollback", _keep)
    waiting += [Removal(name, session.get_nested_transaction()) for name in names]


def _remove(session: Session) -> None:
    """The end of a savepoint is told as a commit, too: its files wait on for what is around it."""
    savepoint, waiting = session.get_nested_transaction(), session.info[REMOVALS]
    if savepoint is not None:
        for removal in waiting:
            if removal.within is savepoint:
                removal.within = _around(savepoint)
        return
    store = vault.files(session)
    for removal in waiting:
        store.remove(removal.name)
    session.info[REMOVALS] = []


def _keep(session: Session) -> None:
    """Back to a savepoint: what was forgotten before it is forgotten still."""
    savepoint, waiting = session.get_nested_transaction(), session.info[REMOVALS]
    session.info[REMOVALS] = [one for one in waiting if savepoint is not None and one.within is not savepoint]


def _around(savepoint: SessionTransaction) -> SessionTransaction | None:
    """The savepoint within which this one was made; None where it is the outermost."""
    outer = savepoint.parent
    while outer is not None and not outer.nested:
        outer = outer.parent
    return outer
