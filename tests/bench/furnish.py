"""A newsroom after years: tips, most of them done with, and all that people and readers put on them.

Five callouts of different size, and three small ones; two fifths in Chinese; conversations, notes, tags, tasks,
clusters,
followers, restricted and joined tips, and ten reporters on different teams, each with saved views.
"""

import time

from sqlalchemy import func, insert, update
from sqlmodel import Session, SQLModel, col, select

from tests.bench.pouring import pouring
from tests.bench.years import CALLOUTS, RARE_TAGS, TAGS_OF_ALL, TAGS_OF_ONE, Years
from tipline.core.counts import counters
from tipline.db import Database, now
from tipline.models import (
    Account,
    AccountRole,
    Callout,
    CalloutMember,
    CalloutStatus,
    CalloutText,
    Question,
    QuestionKind,
    QuestionText,
    Role,
    SavedView,
    Tip,
)

# The callouts of each reporter, by their numbers; () is an editor, who sees all.
TEAMS: tuple[tuple[int, ...], ...] = ((), (), (1, 2), (1, 2), (1, 3), (1,), (1,), (2,), (3, 4, 7), (8,))
VIEWS = (
    ("Fresh", "status:new"), ("Chinese, new", "lang:zh status:new"), ("Visa", "tag:visa"), ("Mine", "assignee:me"),
    ("With photos", "has:photo is:unread"), ("To quote", "consent:name status:ready"), ("Flights", "flight status:new"),
    ("签证", "签证"), ("Apart", "separated OR 分离"), ("Unanswered", "sort:unanswered"),
)  # fmt: skip


def furnish(database: Database, n: int) -> None:
    """So many tips, where the database is empty yet."""
    with database.writing() as session:
        if session.scalar(select(Tip.id).limit(1)) is not None:
            return
        began = time.perf_counter()
        people = _people(session)
        _names(session)
        session.commit()
    with pouring(database.engine) as pour:
        Years(pour, database.master, n, people).pour()
    with database.writing() as session:
        counters.rebuild(session)
        newest = session.scalar(select(func.max(col(Tip.id)))) or 0
        session.execute(update(SavedView).where(col(SavedView.alert)).values(alerted_id=max(0, newest - 60)))
        session.commit()
    print(f"{n} tips made in {time.perf_counter() - began:.0f} s", flush=True)


def _people(session: Session) -> list[int]:
    """Ten reporters on their teams, with their views."""
    for slug in CALLOUTS:
        callout = Callout(slug=slug, status=CalloutStatus.OPEN, created_at=now())
        session.add(callout)
        session.flush()
        session.add(CalloutText(callout_id=callout.id, language="en", title=f"What about {slug}?"))
        for position, kind in enumerate((QuestionKind.LONG, QuestionKind.PLACE)):
            question = Question(callout_id=callout.id, position=position, kind=kind)
            session.add(question)
            session.flush()
            session.add(QuestionText(question_id=question.id, language="en", wording=f"Question {position + 1}?"))
    made = []
    for i, team in enumerate(TEAMS):
        account = Account(email=f"r{i}@meridian.example", name=f"Reporter {i}", created_at=now())
        session.add(account)
        session.flush()
        made.append(account.id or 0)
        session.add(AccountRole(account_id=account.id, role=Role.REPORTER if team else Role.EDITOR))
        session.add_all(CalloutMember(callout_id=callout_id, account_id=account.id) for callout_id in team)
        for at, (name, query) in enumerate(VIEWS):
            view = SavedView(account_id=account.id, name=name, query=query, position=at, created_at=now())
            view.shared, view.alert = i < 2 and at < 3, at % 3 == 0
            session.add(view)
    return made


def _names(session: Session) -> None:
    names = [*TAGS_OF_ALL, *(f"{slug}-{i}" for slug in CALLOUTS for i in range(TAGS_OF_ONE))]
    names += [f"rare-{i}" for i in range(RARE_TAGS)]
    session.execute(insert(SQLModel.metadata.tables["tag"]), [{"name": name, "folded": name} for name in names])
