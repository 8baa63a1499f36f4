"""What became of everything: lost, twice, wrong. All lists are empty where the contract held."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import Session, col

from tests.chaos.bag import Sent
from tests.chaos.newsroom import Newsroom
from tests.chaos.readers import Reader
from tipline.core import files
from tipline.core.mailboxes import ledger
from tipline.core.readers import receipts
from tipline.models import Direction, Message, Outgoing, SendState, Tip
from tipline.spool import Spool

MARK = re.compile(r"mark[a-z][0-9a-f]{16}")


@dataclass
class Verdict:
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)  # of what, how many were looked at

    @property
    def good(self) -> bool:
        return not (self.lost or self.twice or self.wrong)


def judge(room: Newsroom, sent: Sequence[Sent], readers: Sequence[Reader], flags: dict[int, frozenset[str]]) -> Verdict:
    """Compare what was sent with what is there."""
    verdict = Verdict()
    with room.database.reading() as session:
        where = _where(session)
        for one in sent:
            if one.mark and not one.again:
                _found(verdict, "mail", one.mark, where, one.tip_id)
        for reader in readers:
            _found(verdict, "form", reader.mark, where, 0)
            if reader.more:
                _found(verdict, "addition", reader.more, where, next(iter(where.get(reader.mark, ())), 0))
            _receipt(verdict, session, reader, where)
        _mailbox(verdict, session, room, sent)
        _outbox(verdict, session, room)
    if room.dovecot.flags(room.user) != flags:
        verdict.wrong.append("the mailbox was changed")
    if Spool.of(room.database).standing().waiting:
        verdict.lost.append("a form still waits in the spool")
    return verdict


def _where(session: Session) -> dict[str, list[int]]:
    """The tips of each mark, once for each message that holds it."""
    found: dict[str, list[int]] = {}
    query = select(col(Message.text), col(Message.tip_id)).where(col(Message.direction) == Direction.IN)
    for text, tip_id in session.execute(query):
        for word in set(MARK.findall(text)):
            found.setdefault(word, []).append(tip_id)
    return found


def _found(verdict: Verdict, kind: str, word: str, where: dict[str, list[int]], tip_id: int) -> None:
    verdict.seen[kind] += 1
    tips = where.get(word, [])
    if not tips:
        verdict.lost.append(f"{kind} {word}")
    elif len(tips) > 1:
        verdict.twice.append(f"{kind} {word} in {tips}")
    elif tip_id and tips != [tip_id]:
        verdict.wrong.append(f"{kind} {word} in {tips}, not in {tip_id}")


def _receipt(verdict: Verdict, session: Session, reader: Reader, where: dict[str, list[int]]) -> None:
    if not reader.code:
        verdict.wrong.append(f"reader {reader.number} got no receipt in {reader.tries} tries")
        return
    tip: Tip | None = receipts.tip_by_token(session, receipts.page_token(reader.code))
    if tip is None or where.get(reader.mark) != [tip.id]:
        verdict.wrong.append(f"the code of reader {reader.number} does not open their tip")
        return
    verdict.seen["code"] += 1
    here = len(files.of_tip(session, tip.id or 0))
    verdict.seen["file"] += here
    if here != reader.files - reader.missed:
        verdict.wrong.append(f"reader {reader.number}: {here} files of {reader.files}, {reader.missed} said missing")


def _mailbox(verdict: Verdict, session: Session, room: Newsroom, sent: Sequence[Sent]) -> None:
    [box] = ledger.account(session)
    hopeless = sum(not one.mark and not one.again for one in sent)
    expected = {
        "on the server": (box.on_server, len(sent)),
        "duplicate": (box.duplicate, sum(one.again for one in sent)),
        "quarantined": (box.quarantined, hopeless),
        "filed": (box.filed, sum(bool(one.mark) and not one.again for one in sent)),
    }
    verdict.seen["message on the server"] = box.on_server
    verdict.seen["set aside for good"] = box.quarantined
    verdict.seen["set aside after three kills, and read again"] = room.died_over
    verdict.wrong += [f"{name}: {n}, not {m}" for name, (n, m) in expected.items() if n != m]
    if not box.reconciles or box.pending:
        verdict.wrong.append(f"the mail page's sum does not reconcile: {box}")


def _outbox(verdict: Verdict, session: Session, room: Newsroom) -> None:
    came = Counter(str(one.message["Message-ID"]).strip("<>") for one in room.smtp.deliveries)
    for out in session.scalars(select(Outgoing)):
        verdict.seen[f"reply {out.state}"] += 1
        times = came[out.mail_message_id]
        if times > 1:
            verdict.twice.append(f"reply {out.id} came {times} times")
        if out.state not in (SendState.SENT, SendState.UNKNOWN):
            verdict.wrong.append(f"reply {out.id} is {out.state}")
        elif out.state is SendState.SENT and not times:
            verdict.lost.append(f"reply {out.id}")
