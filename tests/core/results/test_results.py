"""What the results of a callout count, and for whom."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from tests.arrivals import mail
from tests.core.surveying import Survey, send, survey
from tests.fixtures_db import Cast
from tipline.core import callouts, intake, results
from tipline.core.access import Actor
from tipline.core.callouts.questions import QuestionTexts
from tipline.core.days import local_day
from tipline.core.results import ResultsFilter, answers, distribution, tallies
from tipline.core.results.distribution import Compare, Result
from tipline.errors import NotVisible
from tipline.models import QuestionKind, Status, Tip
from tipline.vocabularies import ConsentChoice, Source


@pytest.fixture
def apart(session: Session, cast: Cast) -> Survey:
    return survey(session, cast.alice, cast.bob, cast.dave)


def found(session: Session, of: Survey, by: Actor, name: str, shown_in: str = "en", **wanted: object) -> Result:
    scope = results.scope(session, of.callout_id, ResultsFilter(**wanted), by)  # type: ignore[arg-type]
    shown = distribution.distribution(scope, distribution.families(scope), shown_in)
    return next(result for result in shown if of.ids[name] in result.ids)


def bars(result: Result) -> dict[str, int]:
    return {bar.label: bar.n for bar in result.bars}


def test_options_are_counted_by_number_in_whichever_language_they_were_chosen(
    session: Session, apart: Survey, bob: Actor
) -> None:
    send(session, apart, apart.answer("where", "Wuhan", 0), apart.answer("apart", "Partner\nChildren", 0, 1))
    send(session, apart, apart.answer("where", "武汉", 0), language="zh-Hans")
    send(session, apart, apart.answer("where", "Boston", 1), apart.answer("alone", "Yes", 0))
    assert bars(found(session, apart, bob, "where")) == {"Wuhan": 2, "Boston": 1, "Elsewhere": 0}
    assert bars(found(session, apart, bob, "where", "zh_Hans")) == {"武汉": 2, "波士顿": 1, "别处": 0}
    assert bars(found(session, apart, bob, "apart")) == {"Partner": 1, "Children": 1}
    assert bars(found(session, apart, bob, "alone")) == {"Yes": 1, "No": 0}


@pytest.mark.parametrize("few", [0, 2000])
def test_numbers_ratings_dates_and_places_are_counted_whichever_way_the_database_goes(
    session: Session, apart: Survey, bob: Actor, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "FEW_TIPS", few)
    for n, place in ((3, "Wuhan"), (17, " wuhan"), (18, "Boston")):
        send(
            session,
            apart,
            apart.answer("months", str(n)),
            apart.answer("trust", "4"),
            apart.answer("since", f"2020-0{n % 10}-09"),
            apart.answer("town", place),
            apart.answer("where", "Wuhan", 0, withheld=n == 3),
        )
    months = found(session, apart, bob, "months")
    assert months.figures and (months.figures.least, months.figures.most) == (3, 18)
    assert months.figures.mean == pytest.approx(38 / 3)
    assert [(one.low, one.n) for one in months.bins if one.n] == [(2, 1), (16, 1), (18, 1)]
    assert bars(found(session, apart, bob, "trust")) == {"1": 0, "2": 0, "3": 0, "4": 3, "5": 0}
    assert [(c.month.month, c.n) for c in found(session, apart, bob, "since").columns] == [
        *((3, 1), (4, 0), (5, 0), (6, 0), (7, 1), (8, 1)),
    ]
    assert list(bars(found(session, apart, bob, "town")).values()) == [2, 1]
    where = found(session, apart, bob, "where")
    assert (where.given.n, where.given.withheld, bars(where)["Wuhan"]) == (3, 1, 3)


@pytest.mark.parametrize("values", [("1e14", "-1e14"), ("0.1", "0.1"), ("0", "0.003"), ("7", "7.5")])
def test_any_numbers_make_a_handful_of_bins(
    session: Session, apart: Survey, bob: Actor, values: tuple[str, str]
) -> None:
    for value in values:
        send(session, apart, apart.answer("months", value))
    result = found(session, apart, bob, "months")
    assert sum(one.n for one in result.bins) == 2 and len(result.bins) <= tallies.MAX_BINS + 2


def test_a_number_that_is_nobodys_answer_does_not_spoil_the_others(session: Session, apart: Survey, bob: Actor) -> None:
    for value in ("5", "1e308", "inf"):
        send(session, apart, apart.answer("months", value))
    result = found(session, apart, bob, "months")
    assert result.figures and (result.figures.most, result.other) == (5, 2)


def test_answers_in_words_are_said_to_be_not_counted(session: Session, apart: Survey, bob: Actor) -> None:
    send(session, apart, apart.answer("where", "somewhere in Hubei"), apart.answer("since", "last winter"))
    assert found(session, apart, bob, "where").other == 1
    assert found(session, apart, bob, "since").other == 1


def test_restricted_joined_and_spam_tips_are_in_no_result_and_in_no_list(
    session: Session, apart: Survey, cast: Cast
) -> None:
    tips = [send(session, apart, apart.answer("where", "Wuhan", 0), apart.answer("story", "Alone")) for _ in range(4)]
    session.get_one(Tip, tips[0]).restricted = True
    session.get_one(Tip, tips[1]).merged_into = tips[3]
    session.get_one(Tip, tips[2]).status = Status.SPAM
    session.flush()
    for by in (cast.alice, cast.bob, cast.dave):
        assert bars(found(session, apart, by, "where"))["Wuhan"] == 1
        scope = results.scope(session, apart.callout_id, ResultsFilter(), by)
        assert results.volumes(scope).n == 1
        assert [said.tip.id for said in answers.page(scope, [apart.ids["story"]]).rows] == [tips[3]]


def test_a_callout_of_another_team_is_not_there(session: Session, apart: Survey, cast: Cast) -> None:
    for by, callout_id in ((cast.carol, apart.callout_id), (cast.ada, apart.callout_id), (cast.alice, 2**31 - 1)):
        with pytest.raises(NotVisible):
            results.scope(session, callout_id, ResultsFilter(), by)


def test_results_are_narrowed_by_door_language_consent_and_days(session: Session, apart: Survey, bob: Actor) -> None:
    wuhan = apart.answer("where", "Wuhan", 0)
    send(session, apart, wuhan, language="zh-Hans", consent=ConsentChoice.NAME)
    send(session, apart, wuhan, language="en", days=3)
    intake.receive(session, mail(callout_id=apart.callout_id))
    day = date(2021, 6, 22)
    for wanted, n in (
        ({"source": Source.FORM}, 2),
        ({"source": Source.MAIL}, 0),
        ({"language": "zh"}, 1),
        ({"language": "z"}, 0),
        ({"consent": ConsentChoice.NAME}, 1),
        ({"since": day + timedelta(days=1)}, 1),
        ({"since": day, "until": day}, 1),
    ):
        assert bars(found(session, apart, bob, "where", **wanted))["Wuhan"] == n, wanted


def test_a_day_is_the_day_where_the_person_is_even_when_the_clocks_change(session: Session, cast: Cast) -> None:
    survey_ = survey(session, cast.alice, cast.bob)
    boston = ZoneInfo("America/New_York")
    moments = [datetime(2021, 3, 13, 4, 59, tzinfo=UTC), datetime(2021, 3, 13, 5, tzinfo=UTC)]  # five hours behind
    moments += [datetime(2021, 3, 16, 3, 59, tzinfo=UTC), datetime(2021, 3, 16, 4, tzinfo=UTC)]  # four hours, in summer
    for at in moments:
        session.get_one(Tip, send(session, survey_)).received_at = at
    session.flush()
    scope = results.scope(session, survey_.callout_id, ResultsFilter(zone=boston), cast.bob)
    assert [day.day for day in results.volumes(scope).days] == [12, 13, 15, 16]
    column = local_day(session, Tip.received_at, boston, moments[0], moments[-1])
    assert sorted(session.scalars(select(column).where(*scope.tips()))) == [
        at.astimezone(boston).date().isoformat() for at in moments
    ]


def test_earlier_wordings_are_named_and_their_answers_compared_by_the_words_of_an_option(
    session: Session, apart: Survey, cast: Cast
) -> None:
    send(session, apart, apart.answer("where", "Wuhan", 0))
    row = callouts.for_edit(session, apart.callout_id, cast.alice)
    draft = callouts.draft_of(session, row)
    asked = draft.questions[1]
    asked.texts["en"] = QuestionTexts("Where do you live now?", options=["Boston", "Wuhan", "Nowhere"])
    asked.texts["zh_Hans"] = QuestionTexts("您现在住哪里？", options=["波士顿", "武汉", "无处"])
    callouts.change(session, apart.callout_id, draft, cast.alice, row.version)
    form = callouts.form_of(session, row, "en")
    newer = Survey(apart.callout_id, {**apart.ids, "where": form.questions[1].id})
    send(session, newer, newer.answer("where", "Wuhan", 1))
    scope = results.scope(session, apart.callout_id, ResultsFilter(), cast.bob)
    shown = distribution.distribution(scope, distribution.families(scope), "en", Compare.VERSION)
    result = next(one for one in shown if newer.ids["where"] in one.ids)
    assert [(v.wording, v.n) for v in result.versions] == [("Where do you live now?", 1), ("Where are you?", 1)]
    assert {bar.label: (bar.n, bar.parts) for bar in result.bars} == {
        "Boston": (0, (0, 0)),
        "Wuhan": (2, (1, 1)),
        "Nowhere": (0, (0, 0)),
        "Elsewhere": (0, (0, 0)),
    }


def test_languages_are_set_side_by_side(session: Session, apart: Survey, bob: Actor) -> None:
    send(session, apart, apart.answer("where", "Wuhan", 0), language="en")
    send(session, apart, apart.answer("where", "武汉", 0), language="zh-Hans")
    send(session, apart, apart.answer("where", "波士顿", 1), language="zh-Hans")
    scope = results.scope(session, apart.callout_id, ResultsFilter(), bob)
    families = [f for f in distribution.families(scope) if f[0].row.kind is QuestionKind.ONE]
    (result,) = distribution.distribution(scope, families, "en", Compare.LANGUAGE, ["zh-Hans", "en"])
    assert [bar.parts for bar in result.bars] == [(1, 1), (1, 0), (0, 0)]


def test_completion_counts_forms_that_asked_and_nobody_is_followed(session: Session, apart: Survey, bob: Actor) -> None:
    send(session, apart, apart.answer("where", "Wuhan", 0), apart.answer("family", "Li"))
    send(session, apart)
    for name in ("where", "family"):
        completion = found(session, apart, bob, name).completion
        assert (completion.asked, completion.answered) == (2, 1)
    assert found(session, apart, bob, "family").identity and not found(session, apart, bob, "family").in_words


def test_words_are_looked_for_in_the_answer_itself_and_pages_follow(
    session: Session, apart: Survey, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "LIMIT", 2)
    monkeypatch.setattr(answers, "BATCH", 3)
    for n in range(7):
        told = "My flights were cancelled" if n % 2 else "被困在上海"
        send(session, apart, apart.answer("story", told), apart.answer("town", "Flight town"), days=n)
    scope = results.scope(session, apart.callout_id, ResultsFilter(), bob)
    for typed, n in (
        ("flight", 3),
        ('"flights were"', 3),
        ("上海", 4),
        ("town", 0),
        ("", 7),
        ("flight 上海", 0),
        ("…", 0),
    ):
        seen, after = [], None
        while True:
            page = answers.page(scope, [apart.ids["story"]], typed, after)
            seen += [said.tip.received_at for said in page.rows]
            assert len(page.rows) <= 2 and page.given.n == 7
            after = page.next
            if after is None:
                break
        assert len(seen) == n and seen == sorted(seen, reverse=True), typed
