"""The builder on the desk: what is typed is kept, what is saved is right, and what readers see is shown before."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.callouts.test_callouts import answer, draft, id_of, question
from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tipline.core import callouts
from tipline.core.accounts import teams
from tipline.core.callouts import CalloutDraft
from tipline.core.callouts.questions import AskIf
from tipline.db import Database
from tipline.models import Account, Callout, CalloutStatus, QuestionKind

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NEW = "/desk/callouts/new"


@pytest.fixture
def alice(app: Flask, cast: Cast) -> Browser:
    browser = sign_in(app.test_client(), cast.alice)
    assert isinstance(browser, Browser)
    return browser


@pytest.fixture
def made(session: Session, cast: Cast) -> Callout:
    """An open callout of two questions: stranded or not, and if so, where."""
    asks = [question("Stranded?", QuestionKind.YES_NO), question("Where?", ask_if=AskIf(0, (0,)))]
    row = callouts.create(session, draft(*asks), cast.alice)
    callouts.open_(session, id_of(row), cast.alice)
    session.commit()
    return row


def typed(**more: Any) -> dict[str, Any]:
    """A form as a browser posts it; keyword `q0_kind` is questions-0-kind."""
    form: dict[str, Any] = {
        "languages": ["en", "zh_Hans"], "anonymous": "y", "text_en-title": "Trains that never came",
        "questions-0-key": "n1", "questions-0-kind": "yes_no", "questions-0-en-wording": "Did you wait?",
        "questions-1-key": "n2", "questions-1-kind": "long", "questions-1-en-wording": "What happened?",
    }  # fmt: skip
    return form | {re.sub(r"^q(\d)_", r"questions-\1-", name): value for name, value in more.items()}


def stored(database: Database, slug: str) -> tuple[Callout, CalloutDraft]:
    with database.reading() as session:
        row = session.scalars(select(Callout).where(col(Callout.slug) == slug)).one()
        return row, callouts.draft_of(session, row)


def problems(page: str) -> str:
    found = re.search(r'class="summary".*?</ul>', page, re.DOTALL)
    return found[0] if found else ""


def test_all_that_a_callout_can_be_is_written_in_one_form(alice: Browser, cast: Cast, database: Database) -> None:
    form = typed(
        **{
            "text_en-handling": "Two reporters read it.", "text_en-risk": "Not from a work computer.",
            "text_en-next_steps": "We answer in a week.", "text_zh_Hans-title": "没来的火车", "mail_subject": "trains",
            "opens_on": "2027-01-01", "closes_on": "2027-02-01", "closes_time": "18:00", "timezone": "Asia/Shanghai",
            "retention_days": "90", "indexed": "y", "gallery": "y", "acknowledge": "y", "ask_by_mail": "y",
            "embed_origins": "https://News.example/\n\nhttps://news.example", "team": [str(cast.bob.account_id)],
        },
        q1_ask_if=["n1:0"], q0_ends_if=["1"], q1_guide="300", q1_publish="y", q1_new_page="y",
        q2_key="n3", q2_kind="rating", q2_most="7",
    )  # fmt: skip
    form["questions-2-en-wording"] = "How bad?"
    answer = alice.post(NEW, data=form)
    assert answer.status_code == 303, problems(answer.text)
    row, kept = stored(database, "trains-that-never-came")
    assert kept.texts["en"].handling == "Two reporters read it." and kept.texts["zh_Hans"].title == "没来的火车"
    assert (kept.texts["en"].risk, kept.texts["en"].next_steps) == ("Not from a work computer.", "We answer in a week.")
    assert kept.opens_at and kept.opens_at.isoformat() == "2026-12-31T16:00:00+00:00"
    assert kept.closes_at and kept.closes_at.isoformat() == "2027-02-01T10:00:00+00:00"
    assert (kept.timezone, kept.retention_days, kept.mail_subject) == ("Asia/Shanghai", 90, "trains")
    assert kept.indexed and kept.gallery and kept.acknowledge and kept.ask_by_mail and kept.anonymous
    assert kept.embed_origins == ("https://news.example",)
    one, two, three = kept.questions
    assert one.ends_if == (1,) and two.ask_if == AskIf(0, (0,)) and three.most == 7
    assert (two.guide, two.publish, two.new_page) == (300, True, True)
    with database.reading() as session:
        assert teams.members(session, row.id or 0) == {cast.bob.account_id}
    again = alice.get(f"/desk/callouts/{row.id}").text
    for said in ('value="2027-01-01"', 'value="18:00"', "https://news.example", 'value="300"'):
        assert said in again
    assert re.search(r'value="q\d+:0" checked', again)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"closes_on": "2027-01-01", "opens_on": "2027-02-01"}, "after the opening date"),
    ({"opens_time": "10:00"}, "Choose an opening date too"),
    ({"opens_on": "0001-01-01", "timezone": "Asia/Shanghai"}, "year from 1900 to 9998"),
    ({"closes_on": "9999-12-31", "timezone": "America/New_York"}, "year from 1900 to 9998"),
    ({"timezone": "Mars/Base"}, "Not a valid choice"),
    ({"retention_days": "0"}, "from 1 to 36500"),
    ({"retention_days": "soon"}, "whole number"),
    ({"embed_origins": "https://news.example/path"}, "without a path"),
    ({"embed_origins": "http://news.example"}, "without a path"),
    ({"ask_by_mail": "y"}, "turn that on too"),
    ({"slug": "Bad Slug"}, "small letters"),
    ({"text_en-title": "因边境"}, "last part of the page"),
    ({"text_en-title": ""}, "Write a title"),
    ({"languages": []}, "at least one language"),
    ({"questions-0-kind": "one", "questions-0-en-options": "A"}, "at least two options"),
    ({"questions-0-kind": "number", "questions-0-least": "5", "questions-0-most": "3"}, "not below the least"),
    ({"questions-0-kind": "rating", "questions-0-most": "50"}, "between 2 and 10"),
    ({"questions-1-guide": "many"}, "whole number"),
    ({"questions-1-en-wording": ""}, "or remove it"),
]


def test_what_is_wrong_is_said_at_its_field_and_in_a_summary_that_leads_there(alice: Browser) -> None:
    for wrong, said in WRONG:
        answer = alice.post(NEW, data=typed(**wrong))
        assert answer.status_code == 422, said
        found = re.search(r'<a href="#([^"]+)">[^<]*' + re.escape(said), problems(answer.text))
        assert found, (said, problems(answer.text))
        assert f'id="{found[1]}"' in answer.text


def test_a_condition_names_one_earlier_question(alice: Browser, database: Database) -> None:
    both = typed(q2_key="n3", q2_kind="long", q2_ask_if=["n1:0", "n2:1"])
    both |= {"questions-1-kind": "yes_no", "questions-2-en-wording": "Why?"}
    assert "one question only" in problems(alice.post(NEW, data=both).text)
    later = typed(q0_ask_if=["n2:0", "n0:1", "n1:0", "x", ":", "n2:²"])
    assert alice.post(NEW, data=later).status_code == 303
    assert [one.ask_if for one in stored(database, "trains-that-never-came")[1].questions] == [None, None]


def test_a_question_moves_with_its_condition_and_takes_the_focus_along(alice: Browser) -> None:
    page = alice.post(NEW, data=typed(q1_ask_if=["n1:0"], act="down:0")).text
    assert page.index('id="question-n2"') < page.index('id="question-n1"')
    assert "Now question 2 of 2." in page
    assert re.search(r'id="down-n1"[^>]*aria-disabled="true" autofocus', page, re.DOTALL)
    back = alice.post(NEW, data=typed(q1_ask_if=["n1:0"], act="move:1:0")).text
    assert back.index('id="question-n2"') < back.index('id="question-n1"')
    still = alice.post(NEW, data=typed(q1_ask_if=["n1:0"], act="up:0")).text
    assert 'value="n1:0" checked' in still and "at the end of the list already" in still


def test_a_button_that_makes_no_sense_changes_nothing(alice: Browser) -> None:
    for act in (
        "up:-1",
        "down:99",
        "move:0:99",
        "move:a:b",
        "remove:²",
        "remove:" + "9" * 5000,
        "nonsense",
        "set:none",
        "take:",
    ):
        page = alice.post(NEW, data=typed(act=act, take_from="junk"))
        assert page.status_code == 200 and page.text.count("data-ask ") == 2, act


def test_what_can_not_be_read_comes_back_as_it_was_typed(alice: Browser) -> None:
    page = alice.post(NEW, data=typed(act="add", closes_on="soon", retention_days="two", q1_guide="a few")).text
    assert 'value="soon"' in page and 'value="two"' in page and 'value="a few"' in page
    assert page.count("data-ask ") == 3


def test_a_set_of_questions_comes_with_one_press_in_every_language(alice: Browser) -> None:
    page = alice.post(NEW, data=typed(act="set:call")).text
    assert "May we call you?" in page and "我们可以打电话给您吗？" in page and "3 questions were added." in page
    third = re.findall(r'name="questions-\d-key" value="(\w+)"', page)[2]
    assert f'name="questions-3-ask_if" value="{third}:0" checked' in page


def test_the_questions_of_another_callout_come_as_new_ones(alice: Browser, made: Callout, database: Database) -> None:
    page = alice.post(NEW, data=typed(act="take:", take_from=str(made.id))).text
    assert "Stranded?" in page and "Where?" in page
    assert re.findall(r'name="questions-\d-id" value="(\w*)"', page) == ["", "", "", ""]


def test_a_copy_is_a_draft_with_an_address_of_its_own_and_no_mail(
    alice: Browser, made: Callout, database: Database
) -> None:
    for slug in ("stranded-2", "stranded-3"):
        assert alice.post(f"/desk/callouts/{made.id}/copy").status_code == 303
        row, kept = stored(database, slug)
        assert (row.status, row.mail_address) == (CalloutStatus.DRAFT, "")
        assert [one.ask_if for one in kept.questions] == [None, AskIf(0, (0,))]
    with database.reading() as session:
        assert len(callouts.draft_of(session, session.get_one(Callout, made.id)).questions) == 2


def test_before_saving_the_page_says_what_becomes_of_answers(
    alice: Browser, made: Callout, session: Session, database: Database
) -> None:
    old = callouts.draft_of(session, made).questions
    for _ in range(2):
        answer(session, id_of(made), old[1].id or 0)
    session.commit()
    page = alice.get(f"/desk/callouts/{made.id}").text
    assert "2 answers. Reworded" in page
    form = typed(q0_id=str(old[0].id), q1_id=str(old[1].id), version=str(made.version), slug="stranded")
    looked = alice.post(f"/desk/callouts/{made.id}", data=form | {"act": "refresh"}).text
    assert "Question 2 becomes a new question." in looked
    assert "Readers who answered keep the old wording: 2 answers." in looked
    assert alice.post(f"/desk/callouts/{made.id}", data=form).status_code == 303
    after = alice.get(f"/desk/callouts/{made.id}").text
    assert "One earlier wording" in after and "Where?" in after and "2 answers" in after


def test_what_is_untranslated_is_counted_and_marked(alice: Browser) -> None:
    page = alice.post(NEW, data=typed(act="refresh")).text
    assert "3 texts not translated" in page
    assert page.count("Not translated: readers see English.") == 3


def test_a_question_that_we_offer_is_marked_where_it_is_reworded_and_its_translation_is_not(
    alice: Browser, database: Database
) -> None:
    fresh = alice.get(NEW).text
    assert "发生了什么事？" in fresh and ">complete<" not in fresh, "nothing is said yet that could be translated"
    offered = re.search(r'name="(questions-0-offered)" value="1"', fresh)
    assert offered
    form = typed(**{offered[1]: "1", "q0_en-wording": "Did your rent go up?", "q0_zh_Hans-wording": "发生了什么事？"})
    assert "one translation to look at" in alice.post(NEW, data=form | {"act": "refresh"}).text
    kept = typed(**{offered[1]: "1", "q0_en-wording": "What happened?", "q0_zh_Hans-wording": "发生了什么事？"})
    assert "to look at" not in alice.post(NEW, data=kept | {"act": "refresh"}).text


def test_a_question_that_was_added_blank_translates_nothing_that_was_said_before(alice: Browser) -> None:
    added = alice.post(NEW, data=typed(act="add")).text
    assert re.findall(r'name="questions-\d-offered" value="(.*?)"', added) == ["", "", ""]
    set_ = alice.post(NEW, data=typed(act="set:call")).text
    assert set(re.findall(r'name="questions-\d-offered" value="(.*?)"', set_)[2:]) == {"1"}
    form = typed(**{"q0_en-wording": "Did your rent go up?", "q0_zh_Hans-wording": "发生了什么事？"})
    assert "to look at" not in alice.post(NEW, data=form | {"act": "refresh"}).text


def test_a_translation_is_marked_that_was_left_when_its_source_was_changed(alice: Browser, database: Database) -> None:
    form = typed(**{"text_zh_Hans-title": "等不到的火车", "slug": "trains"})
    assert alice.post(NEW, data=form).status_code == 303
    row, _draft = stored(database, "trains")
    changed = form | {"version": str(row.version), "text_en-title": "Trains that came late"}
    page = alice.post(f"/desk/callouts/{row.id}", data=changed | {"act": "refresh"}).text
    assert "one translation to look at" in page and "This translates what the source said before." in page
    assert alice.post(f"/desk/callouts/{row.id}", data=changed).status_code == 303
    assert "One translation still says what its source said before." in alice.get(f"/desk/callouts/{row.id}").text
    # saved once more, by whomever, for whatever, it is still marked
    changed |= {"version": str(row.version + 1), "gallery": "y"}
    assert alice.post(f"/desk/callouts/{row.id}", data=changed).status_code == 303
    after = alice.get(f"/desk/callouts/{row.id}").text
    assert "one translation to look at" in after
    # until the translation says something else, or the source what it said before …
    for more in ({"text_zh_Hans-title": "晚点的火车"}, {"text_en-title": form["text_en-title"]}):
        assert "to look at" not in alice.post(f"/desk/callouts/{row.id}", data=changed | more | {"act": "refresh"}).text
    # … or an editor says that it still says the same, once for good
    [mark] = re.findall(r'name="same" value="(\w+)"', after)
    looked = changed | {"same": mark, "version": str(row.version + 2)}
    typing = alice.post(f"/desk/callouts/{row.id}", data=looked | {"act": "add"}).text
    assert "to look at" not in typing and f'value="{mark}" checked' in typing
    assert alice.post(f"/desk/callouts/{row.id}", data=looked).status_code == 303
    done = alice.get(f"/desk/callouts/{row.id}").text
    assert "to look at" not in done and "still say the same" not in done


def test_a_translation_that_is_behind_stays_marked_in_a_copy_and_after_the_next_change(
    alice: Browser, database: Database
) -> None:
    form = typed(**{"text_zh_Hans-title": "等不到的火车", "q0_zh_Hans-wording": "哪里？", "slug": "trains"})
    assert alice.post(NEW, data=form).status_code == 303
    row, _draft = stored(database, "trains")
    for n, title in enumerate(("Late trains", "Later trains")):
        changed = form | {"version": str(row.version + n), "text_en-title": title}
        assert alice.post(f"/desk/callouts/{row.id}", data=changed).status_code == 303
    assert "one translation to look at" in alice.get(f"/desk/callouts/{row.id}").text
    copied = alice.post(f"/desk/callouts/{row.id}/copy").headers["Location"]
    assert "one translation to look at" in alice.get(copied).text


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("pause", "Saved. Paused."),
        ("close", "Saved. Closed."),
        ("copy", "Saved. This is the copy"),
        ("link", "Saved. The"),
    ],
)
def test_every_button_of_the_builder_saves_what_is_typed_first_or_does_neither(
    alice: Browser, made: Callout, database: Database, then: str, said: str
) -> None:
    form = typed(version=str(made.version), slug="stranded", then=then, **{"text_en-title": "Typed last"})
    wrong = alice.post(f"/desk/callouts/{made.id}", data=form | {"closes_on": "x"})
    assert wrong.status_code == 422 and "the callout stands where it stood" in wrong.text and "Typed last" in wrong.text
    done = alice.post(f"/desk/callouts/{made.id}", data=form)
    assert done.status_code == 303
    page = alice.get(done.headers["Location"]).text
    assert said in page and "Typed last" in page
    assert stored(database, "stranded")[1].texts["en"].title == "Typed last"
    assert (done.headers["Location"] != f"/desk/callouts/{made.id}") == (then == "copy")


def test_to_open_saves_what_is_typed_or_does_neither(alice: Browser, database: Database) -> None:
    assert alice.post(NEW, data=typed(slug="trains")).status_code == 303
    row, _draft = stored(database, "trains")
    form = typed(slug="trains", then="open", version=str(row.version))
    past = form | {"closes_on": "2020-01-01", "text_en-title": "Trains of old"}
    refused = alice.post(f"/desk/callouts/{row.id}", data=past)
    assert (
        refused.status_code == 422 and "The closing date is past." in refused.text and "Trains of old" in refused.text
    )
    row, draft = stored(database, "trains")
    assert (row.status, draft.texts["en"].title) == (CalloutStatus.DRAFT, "Trains that never came")
    late = form | {"text_en-title": "Trains that come late"}
    assert alice.post(f"/desk/callouts/{row.id}", data=late).status_code == 303
    row, draft = stored(database, "trains")
    assert (row.status, draft.texts["en"].title) == (CalloutStatus.OPEN, "Trains that come late")


def test_each_state_is_explained_and_left_by_its_buttons_alone(
    alice: Browser, made: Callout, client: Browser, database: Database
) -> None:
    def turn(name: str) -> str:
        assert alice.post(f"/desk/callouts/{made.id}/turn/{name}").status_code == 303
        return alice.get(f"/desk/callouts/{made.id}").text

    assert "Close the callout before you archive it." in turn("archive")
    assert "The page says that it takes no answers now." in turn("pause")
    assert "Readers find the page" in turn("open")
    assert client.get("/c/stranded").status_code == 200
    turn("close")
    assert "Its page is gone" in turn("archive")
    assert client.get("/c/stranded").status_code == 404
    assert "One in the archive" in alice.get("/desk/callouts").text
    assert "Bring the callout back from the archive" in turn("open")
    assert "says what came of it" in turn("restore")
    assert alice.post(f"/desk/callouts/{made.id}/turn/vanish").status_code == 404


def test_the_preview_shows_what_is_typed_in_the_language_that_is_wanted(alice: Browser) -> None:
    form = typed(**{"text_zh_Hans-title": "没来的火车", "text_en-intro": "<script>alert(1)</script>"})
    english = alice.post("/desk/callouts/typed?lang=en", data=form)
    assert "Trains that never came" in english.text and "&lt;script&gt;alert(1)" in english.text
    chinese = alice.post("/desk/callouts/typed?lang=zh_Hans", data=form)
    assert "没来的火车" in chinese.text and 'lang="zh-Hans"' in chinese.text
    assert "frame-ancestors 'self'" in english.headers["Content-Security-Policy"]
    assert "script-src" not in english.headers["Content-Security-Policy"]
    assert english.headers["X-Frame-Options"] == "SAMEORIGIN"


JUNK: list[dict[str, Any]] = [
        {"questions-0-kind": "bomb"}, {"timezone": "../../etc"}, {"opens_on": "x"}, {"languages": ["fr"]},
        {"questions-0-id": "x"}, {"questions-0-key": "<b>"}, {"questions-0-ends_if": ["-1", "x", "99"]},
        {"text_en-intro": "NUL \0 here"}, {"mail_subject": "\0"}, {"questions-0-ends_if": ["9" * 5000, "²"]},
        {"questions-0-en-options": "\0", "questions-0-kind": "one"}, {"questions-1-ask_if": ["n1:" + "9" * 5000]},
        {"opens_on": "0001-01-01"}, {"closes_on": "9999-12-31", "timezone": "America/New_York"},
        {"questions-0-id": "9" * 20}, {"text_en-title": ""}, {"team": ["x", "99999"]}, {"questions-77-kind": "one"},
        {"retention_days": "9" * 40},
]  # fmt: skip


def test_no_form_breaks_the_preview_or_the_builder(alice: Browser) -> None:
    for number, junk in enumerate(JUNK):
        form = typed(slug=f"junk-{number}") | junk
        assert alice.post("/desk/callouts/typed", data=form).status_code == 200, junk
        assert alice.post(NEW, data=form | {"act": "refresh"}).status_code == 200, junk
        assert alice.post(NEW, data=form).status_code in (303, 422), junk


def test_the_secret_link_shows_a_draft_without_a_cookie_and_a_new_one_ends_it(
    alice: Browser, client: Browser, session: Session, cast: Cast
) -> None:
    row = callouts.create(session, draft(), cast.alice)
    session.commit()
    page = alice.get(f"/desk/callouts/{row.id}").text
    link = re.search(r"/c/preview/[\w-]+", page)
    assert link
    shown = client.get(link[0])
    assert "You can’t send anything from here." in shown.text and "Stranded" in shown.text
    assert "Set-Cookie" not in shown.headers and "noindex" in shown.headers["X-Robots-Tag"]
    assert client.get(link[0] + "?lang=zh_Hans").text.count("滞留")
    assert alice.post(f"/desk/callouts/{row.id}/preview-link").status_code == 303
    assert client.get(link[0]).status_code == 404
    for wrong in ("x", "A" * 32, link[0][-32:-1], "é", "A" * 5000):
        assert client.get(f"/c/preview/{wrong}").status_code == 404


def test_another_editors_change_is_shown_and_nothing_typed_is_lost(alice: Browser, made: Callout) -> None:
    form = typed(version=str(made.version), slug="stranded", gallery="y")
    assert alice.post(f"/desk/callouts/{made.id}", data=form).status_code == 303
    stale = alice.post(f"/desk/callouts/{made.id}", data=form | {"text_en-title": "Mine", "retention_days": "9"})
    assert stale.status_code == 409
    assert "Save mine over it" in stale.text and 'value="Mine"' in stale.text
    assert "Days to keep answers after closing" in stale.text


def test_people_who_are_off_or_no_candidates_stay_as_they_are_on_a_team(
    alice: Browser, made: Callout, cast: Cast, database: Database
) -> None:
    everybody = [str(one.account_id) for one in (cast.bob, cast.dave, cast.alice, cast.ada)]
    form = typed(version=str(made.version), slug="stranded", team=everybody)
    alice.post(f"/desk/callouts/{made.id}", data=form)
    with database.reading() as session:
        assert teams.members(session, id_of(made)) == {cast.bob.account_id, cast.dave.account_id}


def test_whom_an_admin_put_on_the_team_meanwhile_stays_there(
    alice: Browser, made: Callout, cast: Cast, session: Session, database: Database
) -> None:
    bob, carol = cast.bob.account_id, cast.carol.account_id
    teams.put(session, id_of(made), [bob, carol], cast.alice)
    session.commit()
    alice.post(f"/desk/callouts/{made.id}", data=typed(version=str(made.version), slug="stranded", team_was=str(bob)))
    with database.reading() as reading:
        assert teams.members(reading, id_of(made)) == {carol}


def test_a_new_callout_begins_with_its_question_in_every_language(app: Flask, session: Session, cast: Cast) -> None:
    session.get_one(Account, cast.alice.account_id).locale = "zh_Hans"
    session.commit()
    page = sign_in(app.test_client(), cast.alice).get(NEW).text
    found = dict(re.findall(r'name="questions-0-(\w+)-wording"[^>]*value="([^"]*)"', page))
    assert found["en"] == "What happened?"
    assert found["zh_Hans"] and found["zh_Hans"] != "What happened?"


def test_the_list_counts_the_tips_of_each_callout(alice: Browser, made: Callout, session: Session, cast: Cast) -> None:
    for text in ("One", "Two"):
        make_tip(session, cast.borders, text)
    make_tip(session, cast.borders, "Hidden", restricted=True)
    session.commit()
    page = alice.get("/desk/callouts").text
    assert "2 tips" in page and "0 tips" in page


def test_mine_over_theirs_keeps_a_question_with_its_earlier_answers(
    alice: Browser, made: Callout, session: Session, database: Database
) -> None:
    old = callouts.draft_of(session, made).questions
    session.commit()
    ids = {"q0_id": str(old[0].id), "q1_id": str(old[1].id)}
    form = typed(**ids, version=str(made.version), slug="stranded")
    assert alice.post(f"/desk/callouts/{made.id}", data=form).status_code == 303
    mine = form | {"questions-1-en-wording": "Where were you?"}
    assert "Question 2 becomes a new question." in alice.post(f"/desk/callouts/{made.id}", data=mine).text
    over = mine | {"version": str(made.version + 1)}
    assert alice.post(f"/desk/callouts/{made.id}", data=over).status_code == 303
    with database.reading() as reading:
        row = reading.get_one(Callout, made.id)
        stands = callouts.form_of(reading, row, "en").questions
    assert [(q.origin, q.wording) for q in stands][1] == (old[1].id, "Where were you?")
