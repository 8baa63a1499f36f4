"""The answers as a table: what stands in it, and who may take it out of the house."""

from dataclasses import replace

import pytest
from sqlmodel import Session, col, select

from tests.arrivals import JUNE, mail
from tests.core.surveying import Survey, send, survey
from tests.fixtures_db import Cast
from tipline.core import intake, results
from tipline.core.access import Actor
from tipline.core.arrival import Arrival, Source
from tipline.core.results import ResultsFilter, tabular
from tipline.core.results.tabular import Cell
from tipline.db import Database
from tipline.errors import NotAllowed, NotVisible
from tipline.models import Event, Status, Tip, Verb


@pytest.fixture
def apart(session: Session, cast: Cast) -> Survey:
    return survey(session, cast.alice, cast.bob, cast.dave)


def test_form_and_mail_stand_in_one_table_and_what_was_added_later_beside_them(
    session: Session, apart: Survey, bob: Actor
) -> None:
    tip_id = send(session, apart, apart.answer("where", "武汉", 0, withheld=True))
    intake.receive(session, Arrival(Source.PAGE, "One thing more", JUNE, tip_id=tip_id))
    intake.receive(session, replace(mail("By mail I say", callout_id=apart.callout_id)))
    scope = results.scope(session, apart.callout_id, ResultsFilter(), bob)
    headings = tabular.headings(scope, "en")
    by_mail, by_form = tabular.rows(scope, headings, None)
    assert (by_mail.told, by_mail.cells) == ("By mail I say", {})
    assert by_form.told == "One thing more"
    assert by_form.cells == {apart.ids["where"]: Cell("武汉", True, (0,))}
    assert apart.ids["family"] not in {heading.question_id for heading in headings}
    assert [h.question_id for h in tabular.headings(scope, "en", identity=True)] == [apart.ids["family"]]


def test_an_export_reads_everything_piece_by_piece_and_leaves_out_what_nobody_is_to_see(
    session: Session, database: Database, apart: Survey, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabular, "CHUNK", 2)
    tips = [send(session, apart, apart.answer("family", "Li"), reader_name="Mei Li") for _ in range(5)]
    session.get_one(Tip, tips[0]).restricted = True
    session.get_one(Tip, tips[1]).status = Status.SPAM
    session.commit()
    scope = results.scope(session, apart.callout_id, ResultsFilter(), cast.bob)
    rows = list(tabular.everything(database, scope, tabular.headings(scope, "en"), identity=True))
    assert [row.tip.id for row in rows] == tips[:1:-1]
    assert all(row.known and row.known.name == "Mei Li" for row in rows)
    assert all(row.known and row.known.answers == {apart.ids["family"]: "Li"} for row in rows)
    assert all(row.known is None for row in tabular.everything(database, scope, []))


def test_an_export_is_an_event_and_identities_are_not_a_viewers_to_take(
    session: Session, apart: Survey, cast: Cast
) -> None:
    with pytest.raises(NotVisible):
        tabular.exported(session, apart.callout_id, cast.carol, "csv", identity=False)
    with pytest.raises(NotAllowed):
        tabular.exported(session, apart.callout_id, cast.dave, "csv", identity=True)
    tabular.exported(session, apart.callout_id, cast.dave, "csv", identity=False)
    tabular.exported(session, apart.callout_id, cast.bob, "xlsx", identity=True)
    events = session.scalars(select(Event).where(col(Event.verb) == Verb.EXPORTED).order_by(col(Event.id))).all()
    assert [(e.account_id, e.object_id, e.after) for e in events] == [
        (cast.dave.account_id, apart.callout_id, "csv"),
        (cast.bob.account_id, apart.callout_id, "xlsx identity"),
    ]
