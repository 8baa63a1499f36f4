"""Names in the search index: right whatever happens to the tips of their readers."""

from typing import Any

from sqlmodel import Session, col, select

from tests.arrivals import mail
from tests.core.making import TODAY, say
from tests.core.search.test_keyed_tokens import listed
from tests.fixtures_db import Cast
from tipline.core import intake, merge, search
from tipline.core.merge import splitting, unmerge
from tipline.core.retention import erasure
from tipline.db import now
from tipline.models import Message, Tip


def test_a_name_stays_right_when_tips_are_merged_parted_split_erased_and_indexed_anew(
    session: Session, cast: Cast
) -> None:
    def told(sender: str, name: str, text: str, n: int, **more: Any) -> int:
        arrival = mail(text, sender=sender, name=name, message_id=f"{n}", callout_id=cast.borders, **more)
        return intake.receive(session, arrival).tip_id

    def are(name: str, *wanted: int) -> None:
        session.commit()
        session.expire_all()
        for _ in range(2):
            assert set(listed(session, name, cast.bob)) == set(wanted) == set(listed(session, f"name:{name}", cast.bob))
            assert listed(session, f"name:{name}", cast.dave) == []
            search.rebuild(session, 0)

    first = told("mateus@reader.example", "Mateus Carvalho", "The bridge is shut", 1)
    other = told("chloe@reader.example", "Chloé Dupont", "We sleep in the car", 2)
    third = told("wei@reader.example", "李伟", "No train runs", 3)
    are("Chloé", other)
    merge.merge(session, other, cast.alice, TODAY, into=first)
    merge.merge(session, first, cast.alice, TODAY, into=third)
    for name in ("Chloé", "Mateus", "李伟"):
        are(name, third)
    unmerge.unmerge(session, first, cast.alice)
    are("Chloé", first)
    are("李伟", third)
    unmerge.unmerge(session, other, cast.alice)
    are("Mateus", first)
    are("Chloé", other)
    say(session, session.get_one(Tip, first), "And now it is open", created_at=now())
    last = max(one for one in session.scalars(select(col(Message.id)).where(col(Message.tip_id) == first)) if one)
    made, _ = splitting.split(session, last, cast.alice)
    are("Mateus", first, made.id or 0)
    erasure.erase(session, other, cast.alice)
    are("Chloé")
    are("Mateus", first, made.id or 0)
