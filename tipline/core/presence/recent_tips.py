"""Tips that a person had before them last: those they opened, and those they did something on."""

from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.models import Event, Tip, TipSeen

MAX_TIPS = 8
NEWEST = 2000  # tips that are asked whether the person opened them: no index knows
DONE = 200  # last deeds of a person that are looked at


def tips(session: Session, by: Actor) -> list[Tip]:
    """The last first; of tips that were opened only, the newest tips alone are looked at."""
    newest = session.scalar(select(func.max(col(Tip.id)))) or 0
    opened = select(col(TipSeen.tip_id), col(TipSeen.seen_at)).where(
        col(TipSeen.tip_id) > newest - NEWEST, col(TipSeen.account_id) == by.account_id
    )
    done = select(col(Event.tip_id), col(Event.at)).where(col(Event.account_id) == by.account_id)
    last: dict[int, datetime] = {}
    for query in (opened, done.order_by(col(Event.id).desc()).limit(DONE)):
        for tip_id, at in session.execute(query):
            if tip_id and (tip_id not in last or last[tip_id] < at):
                last[tip_id] = at
    ids = sorted(last, key=lambda tip_id: last[tip_id], reverse=True)[: MAX_TIPS * 4]  # some may be nobody's to see now
    there = select(Tip).where(col(Tip.id).in_(ids), col(Tip.merged_into).is_(None), access.visible(by))
    found = {tip.id: tip for tip in session.scalars(there)}
    return [found[tip_id] for tip_id in ids if tip_id in found][:MAX_TIPS]
