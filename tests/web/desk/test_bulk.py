"""Changes to whole lists: progress, cancelling and the way back; then the pages of macros and the palette."""

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import Session, col

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web.arriving import by_form
from tipline.core import bulk
from tipline.core.bulk import macros, visibility_preview
from tipline.core.bulk.steps import BulkStep
from tipline.core.tips import reminders
from tipline.core.triage import reasons
from tipline.db import Database
from tipline.models import BulkChange, BulkState, Macro, Status, Tip
from tipline.web.desk import listing

HTMX = {"HX-Request": "true", "HX-Target": "list"}


@pytest.fixture
def desk(client: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Alice's browser; a piece is of three tips."""
    monkeypatch.setattr(bulk, "TIPS_PER_TRANSACTION", 3)
    sign_in(client, cast.alice)
    return client


@pytest.fixture
def ids(session: Session, cast: Cast) -> list[int]:
    return [by_form(session, cast.borders, minutes=n, text=f"Story {n}") for n in range(7)]


def statuses(database: Database) -> list[Status]:
    with database.reading() as session:
        return list(session.scalars(select(col(Tip.status)).order_by(col(Tip.received_at).desc())))


def change_of(database: Database) -> BulkChange:
    with database.reading() as session:
        return session.scalars(select(BulkChange).order_by(col(BulkChange.id).desc())).first() or pytest.fail("none")


@pytest.mark.usefixtures("ids")
def test_the_page_beside_which_it_runs_does_it_and_says_how_far_it_came(desk: Browser, database: Database) -> None:
    page = desk.post("/desk/bulk", data={"all": "1", "status": "closed"}, headers=HTMX, follow_redirects=True)
    assert "Closed: <b>3 of 7</b>" in page.text and "Cancel" in page.text
    go = re.search(r'hx-post="(/desk/bulk/\d+/go)"', page.text)
    assert go
    assert "6 of 7" in desk.post(go[1], data={"beside": "1"}, headers=HTMX).text
    ended = desk.post(go[1], data={"beside": "1"}, headers=HTMX)
    assert 'hx-target="#list"' in ended.text
    notice = desk.get("/desk").text.partition('id="notices"')[2]
    assert "7 tips changed: Closed." in notice and "/undo" in notice
    assert statuses(database) == [Status.CLOSED] * 7


def test_a_refused_change_leaves_what_is_ticked(desk: Browser, ids: list[int]) -> None:
    for data in ({"tag": "visa"}, {"tip": ids[:2], "tag": "x" * 41}, {"tip": ids[:2], "other": "1", "day": "soon"}):
        part = desk.post("/desk/bulk", data=data, headers=HTMX)
        assert (part.status_code, part.headers["HX-Reswap"]) == (422, "none")
        assert "notice error" in part.text and 'id="list"' not in part.text


def test_a_list_is_drawn_anew_as_far_as_it_was_drawn_before(
    desk: Browser, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    held = [by_form(session, cast.borders, minutes=n, text=f"Story {n}") for n in range(7)][2:]
    headers = {**HTMX, "Desk-Rows": ",".join(map(str, held))}
    data = {"tip": held[:1], "tag": "visa"}
    part = desk.post("/desk/bulk", data=data, headers=headers, follow_redirects=True).text
    assert part.count('<li class="row') == 5
    assert desk.get("/desk", headers=headers).text.count('<li class="row') == 2


def test_the_bar_verifies_untags_and_marks_as_read(desk: Browser, ids: list[int]) -> None:
    bar = desk.get("/desk").text.partition('id="bulk"')[2].partition("</form>")[0]
    desk.post("/desk/bulk", data={"tip": ids[:2], "tag": "visa"})
    for name, value, said in (
        ("verification", "verified", "2 tips changed: Verified."),
        ("priority", "high", "2 tips changed: High priority."),
        ("untag", "visa", "2 tips changed: without #visa."),
        ("seen", "read", "2 tips changed: marked as read."),
        ("seen", "unread", "2 tips changed: marked as unread."),
        ("seen", "unread", "All of them stood so already."),
    ):
        assert f'name="{name}" value="{value}"' in bar or name == "untag", name
        page = desk.post("/desk/bulk", data={"tip": ids[:2], name: value}, follow_redirects=True).text
        notice = page.partition('id="notices"')[2].partition('class="visually-hidden"')[0]
        assert said in notice and ("/undo" in notice) == (name != "seen"), name
    for said in ("without #visa", "High priority", "Verified", "#visa"):
        page = desk.post("/desk/undo", follow_redirects=True).text
        assert f"Undone: {said}" in page and "stay" not in page.partition('id="notices"')[2], said
    assert "none of the choices" in desk.post("/desk/bulk", data={"tip": ids}, follow_redirects=True).text


def confirmed(page: str) -> dict[str, list[str]]:
    """What the button of the page that says who will see moved tips sends."""
    form = page.partition("data-bulk")[2].partition("</form>")[0]
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form):
        sent.setdefault(name, []).append(value)
    return sent


def callouts_of(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(col(Tip.callout_id)).order_by(col(Tip.id))))


def test_who_will_see_many_tips_is_said_before_they_move(
    desk: Browser, database: Database, cast: Cast, ids: list[int]
) -> None:
    bar = desk.get("/desk").text.partition('id="bulk"')[2].partition("</form>")[0]
    assert f'name="move" value="{cast.overtime}"' in bar
    chosen = {"tip": ids[:2], "move": cast.overtime}
    page = desk.post("/desk/bulk", data=chosen, follow_redirects=True).text
    assert (
        "<html" in page and "Move 2 tips to “Overtime at tech firms”" in page and "Stranded by closed borders" in page
    )
    gains, loses = page.partition("Will see them from then on")[2].split("Will not see them any more")
    assert "Carol" in gains and "Bob and Dave" in loses
    assert callouts_of(database) == [cast.borders] * 7
    said = desk.post("/desk/bulk", data=confirmed(page), follow_redirects=True).text
    assert "2 tips changed: moved to “Overtime at tech firms”." in said
    assert callouts_of(database) == [cast.overtime] * 2 + [cast.borders] * 5
    page = desk.post("/desk/bulk", data={**chosen, "tip": ids[:3]}, follow_redirects=True).text
    assert "Move one tip to" in page and "What stays: 2 are there already" in page
    page = desk.post("/desk/bulk", data=chosen, follow_redirects=True).text
    assert "None of them goes to" in page and "Move it" not in page
    assert "Undone: moved to" in desk.post("/desk/undo", follow_redirects=True).text
    assert callouts_of(database) == [cast.borders] * 7


def test_the_same_stands_over_the_list_and_takes_all_that_match(
    desk: Browser, database: Database, session: Session, cast: Cast, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    part = desk.post("/desk/bulk", data={"all": "1", "move": cast.overtime}, headers=HTMX, follow_redirects=True)
    assert (part.headers["HX-Retarget"], part.headers["HX-Reswap"]) == ("#dialog-body", "innerHTML")
    assert "<html" not in part.text and "Move 7 tips to" in part.text
    by_form(session, cast.borders, text="It came after the look")
    begun = desk.post("/desk/bulk", data=confirmed(part.text))
    while "Cancel" in desk.get(begun.location).text:
        desk.post(f"{begun.location}/go")
    assert callouts_of(database) == [cast.overtime] * len(ids) + [cast.borders]
    # Of a longer list than is looked at, more may go than was seen.
    monkeypatch.setattr(visibility_preview, "MAX_TIPS", 5)
    for order, title in (("", "Move more than 1 tips to"), ("sort:oldest", "Move what lies further down to")):
        data = {"all": "1", "move": cast.overtime, "q": order}
        more = desk.post("/desk/bulk", data=data, headers=HTMX, follow_redirects=True).text
        assert title in more and "Move them" in more and ("(perhaps)" in more) == bool(order), order
    part = desk.post("/desk/bulk", data={"move": cast.overtime}, headers=HTMX)
    assert (part.status_code, part.headers["HX-Reswap"]) == (422, "none") and "Select tips first" in part.text


def test_a_macro_moves_without_a_question_and_says_who_sees_it_since(
    desk: Browser, database: Database, cast: Cast, ids: list[int]
) -> None:
    desk.post("/desk/macros", data={"name": "For overtime", "tag": "wages", "move": str(cast.overtime)})
    with database.reading() as session:
        macro = session.scalars(select(Macro)).one()
    page = desk.post("/desk/bulk", data={"tip": ids[:2], "macro": macro.id}, follow_redirects=True).text
    notice = page.partition('id="notices"')[2]
    assert "Seen now by Carol. No longer seen by Bob and Dave." in notice and "/undo" in notice
    page = desk.post(f"/desk/tips/{ids[2]}/macro", data={"macro": macro.id}, follow_redirects=True).text
    assert "Seen now by Carol. No longer seen by Bob and Dave." in page.partition('id="notices"')[2]
    assert callouts_of(database)[:4] == [cast.overtime] * 3 + [cast.borders]


@pytest.mark.usefixtures("ids")
def test_all_that_match_are_marked_as_read_with_progress(desk: Browser) -> None:
    answer = desk.post("/desk/bulk", data={"all": "1", "seen": "read"})
    assert "3 of 7" in desk.get(answer.location).text
    for _ in range(2):
        desk.post(f"{answer.location}/go")
    page = desk.get(answer.location).text
    assert "7 tips changed: marked as read." in page and "Undo<" not in page.partition("<h1>")[2]
    assert 'class="row unread' not in desk.get("/desk").text


@pytest.mark.usefixtures("ids")
def test_without_a_script_a_page_refreshes_itself_and_cancels(desk: Browser, database: Database) -> None:
    answer = desk.post("/desk/bulk", data={"all": "1", "tag": "visa"})
    page = desk.get(answer.location)
    assert 'http-equiv="refresh"' in page.text and "3 of 7" in page.text
    assert desk.get(f"{answer.location}/cancel").status_code == 405
    said = desk.post(f"{answer.location}/cancel", follow_redirects=True)
    assert "Stopped." in said.text and "3 tips changed: #visa." in said.text
    assert change_of(database).state is BulkState.CANCELLED
    page = desk.get(answer.location)
    assert "refresh" not in page.text and "Undo" in page.text
    taken = desk.post(f"{answer.location}/undo", follow_redirects=True)
    assert "Undone: #visa." in taken.text
    assert "already undone" in desk.post(f"{answer.location}/undo", follow_redirects=True).text


def test_z_takes_back_one_change_after_the_other_and_names_it(
    desk: Browser, database: Database, ids: list[int]
) -> None:
    desk.post(f"/desk/tips/{ids[0]}/verification", data={"verification": "verified"})
    desk.post(f"/desk/tips/{ids[1]}/tag", data={"names": "visa, family"})
    desk.post(f"/desk/tips/{ids[0]}/status", data={"status": "closed"})
    for said in (f"T-{ids[0]:06d}: Closed", "#visa, family", f"T-{ids[0]:06d}: Verified"):
        page = desk.post("/desk/undo", follow_redirects=True)
        assert "Undone" in page.text
        assert said.replace("#visa, family", "#visa, #family") in page.text
    assert "nothing to undo" in desk.post("/desk/undo", follow_redirects=True).text
    assert statuses(database) == [Status.NEW] * 7


def test_a_reason_is_asked_for_and_shown(
    desk: Browser, session: Session, cast: Cast, database: Database, ids: list[int]
) -> None:
    reason = reasons.add(session, Status.CLOSED, "Not for us", cast.alice)
    session.commit()
    page = desk.post(f"/desk/tips/{ids[0]}/status", data={"status": "closed"}, follow_redirects=True)
    assert "asks for a reason" in page.text
    assert f'value="closed:{reason.id}"' in page.text
    assert (
        "asks for a reason"
        in desk.post("/desk/bulk", data={"all": "1", "status": "closed"}, follow_redirects=True).text
    )
    assert statuses(database) == [Status.NEW] * 7
    answer = desk.post(f"/desk/tips/{ids[0]}/status", data={"status": f"closed:{reason.id}"})
    assert answer.location.startswith(f"/desk/tips/{ids[1]}")  # the next one is open
    page = desk.get(f"/desk/tips/{ids[0]}").text
    assert "Closed · Not for us" in page and "set the status to Closed (Not for us)" in page


def test_a_macro_is_made_used_and_taken_back_as_one(
    desk: Browser, cast: Cast, database: Database, ids: list[int]
) -> None:
    form = {"name": "Not for us", "key": "n", "tag": "not for us", "status": "closed", "assignee": "me"}
    assert "at least one thing" in desk.post("/desk/macros", data={"name": "Idle"}).text
    assert "The macro is saved." in desk.post("/desk/macros", data=form, follow_redirects=True).text
    with database.reading() as session:
        macro = session.scalars(select(Macro)).one()
    assert macro.steps == [["assignee", "me"], ["tag", "not for us"], ["status", "closed"]]
    assert f'value="{macro.id}" data-hot="n"' in desk.get(f"/desk/tips/{ids[0]}").text
    answer = desk.post(f"/desk/tips/{ids[0]}/macro", data={"macro": macro.id})
    assert answer.location.startswith(f"/desk/tips/{ids[1]}")
    desk.post("/desk/bulk", data={"tip": ids[1:2], "macro": macro.id})
    assert statuses(database)[:2] == [Status.CLOSED] * 2
    desk.post("/desk/undo")
    assert desk.post("/desk/undo").location.startswith(f"/desk/tips/{ids[0]}")
    assert statuses(database) == [Status.NEW] * 7
    desk.post(f"/desk/macros/{macro.id}", data={**form, "name": "Other", "move": str(cast.overtime)})
    with database.reading() as session:
        assert session.get_one(Macro, macro.id).steps[0] == ["move", str(cast.overtime)]
    assert "moved to “Overtime at tech firms”, assigned" in desk.get("/desk/macros").text
    chosen = f'<option selected value="{cast.overtime}">'
    assert chosen in desk.get(f"/desk/macros/{macro.id}").text
    assert "Other" in desk.get("/desk/macros").text
    desk.post(f"/desk/macros/{macro.id}/delete")
    assert "Other" not in desk.get("/desk/macros").text


def test_a_macro_gives_tips_to_people_who_have_signed_in_and_keeps_whom_it_has(
    desk: Browser, cast: Cast, session: Session
) -> None:
    page = desk.get("/desk/macros").text
    assert ">Alice</option>" in page and ">Bob</option>" not in page and ">Dave</option>" not in page
    macro = macros.save(session, None, "For Bob", "", [BulkStep("assignee", str(cast.bob.account_id))], cast.alice)
    session.commit()
    assert f'<option selected value="{cast.bob.account_id}">Bob' in desk.get(f"/desk/macros/{macro.id}").text
    form = {"name": "Bob’s", "assignee": str(cast.bob.account_id)}
    assert "The macro is saved." in desk.post(f"/desk/macros/{macro.id}", data=form, follow_redirects=True).text
    assert desk.post("/desk/macros", data=form | {"name": "Another"}).status_code == 422


def test_a_macro_says_when_to_come_back_and_what_is_said_twice_is_asked_about(
    desk: Browser, database: Database
) -> None:
    def saved(**form: str) -> tuple[str, list[list[str]]]:
        page = desk.post("/desk/macros", data={"name": "Later", **form}, follow_redirects=True).text
        with database.reading() as session:
            made = session.scalars(select(Macro)).one_or_none()
            if made is None:
                return page, []
            form_again = desk.get(f"/desk/macros/{made.id}").text
            desk.post(f"/desk/macros/{made.id}/delete")
            return page + form_again, made.steps

    page, steps = saved(follow_up="friday", snooze="y")
    assert steps == [["follow_up", "friday snoozed"]] and "snoozed until Friday" in page
    assert '<option selected value="friday">On Friday</option>' in page
    page, steps = saved(follow_up_days="10", snooze="y")
    assert steps == [["follow_up", "10 snoozed"]] and "snoozed for 10 days" in page and 'value="10"' in page
    page, steps = saved(follow_up_day="2031-06-25")
    assert steps == [["follow_up", "2031-06-25"]] and 'value="2031-06-25"' in page
    assert saved(follow_up="none")[1] == [["follow_up", ""]]
    for wrong, said in (
        ({"follow_up": "3", "follow_up_days": "10"}, "one of them"),
        ({"follow_up": "none", "snooze": "y"}, "until when"),
        ({"status": "ready", "snooze": "y"}, "until when"),
        ({"follow_up_days": "400"}, "from 0 to 366"),
        ({"follow_up_day": "31/31"}, "Enter the date"),
    ):
        page, steps = saved(**wrong)
        assert said in page and not steps, wrong


def test_many_tips_are_snoozed_at_once_and_come_back_by_one_undo(
    desk: Browser, database: Database, ids: list[int]
) -> None:
    def days() -> list[str]:
        with database.reading() as session:
            return [reminders.of(tip) for tip in session.scalars(select(Tip).order_by(col(Tip.id)))]

    page = desk.get("/desk").text
    offered = page.partition('data-key="f" title="Follow up (f)"')[2]
    assert 'name="on"' in offered and 'data-hot="h"' in offered
    until = {"on": "2031-06-25", "snooze": "1"}
    said = desk.post("/desk/bulk", data={**until, "tip": ids[:2]}, follow_redirects=True).text
    assert "2 tips changed: snoozed until Jun 25, 2031." in said
    assert days() == ["2031-06-25 snoozed"] * 2 + [""] * 5
    desk.post("/desk/undo")
    assert days() == [""] * 7
    desk.post("/desk/bulk", data={"day": "2031-06-26", "tip": ids[:1]})  # Enter in the field
    assert days()[0] == "2031-06-26"
    for typed in ("", "soon"):
        said = desk.post("/desk/bulk", data={"day": typed, "other": "1", "tip": ids}, follow_redirects=True).text
        assert "That is no day." in said and days()[0] == "2031-06-26"
    answer = desk.post("/desk/bulk", data={**until, "all": "1", "q": "status:new"})
    page = desk.get(answer.location)
    assert "snoozed until Jun 25, 2031" in page.text and "3 of 7" in page.text
    desk.post(f"{answer.location}/cancel")
    assert sorted(days()) == [""] * 4 + ["2031-06-25 snoozed"] * 3


def test_the_palette_names_only_what_one_sees(app: Flask, session: Session, cast: Cast, desk: Browser) -> None:
    theirs = by_form(session, cast.overtime)
    desk.post(f"/desk/tips/{theirs}/tag", data={"names": "salary"})
    part = desk.get("/desk/palette", headers={"HX-Request": "true", "HX-Target": "palette-body"}).text
    assert "#salary" in part and "Overtime at tech firms" in part and "<html" not in part
    for who, absent in ((cast.bob, "salary"), (cast.dave, "Enter a tip"), (cast.ada, "salary")):
        browser = app.test_client()
        sign_in(browser, who)
        page = browser.get("/desk/palette").text
        named = page.partition('<ul class="palette-list"')[2]
        assert "<html" in page and named and absent not in named
        assert "data-press" not in named and "tabindex" not in named.partition("</ul>")[0]  # links, by keyboard too


SETTINGS = ("tags", "views", "saved-replies", "macros", "reasons", "checklists", "fact-types")


def test_every_setting_of_the_desk_leads_to_every_other_and_marks_its_place(desk: Browser) -> None:
    for place in SETTINGS:
        page = desk.get(f"/desk/{place}").text
        tabs = page.partition('class="tabs-row"')[2].partition("</nav>")[0]
        assert re.findall(r'href="/desk/([a-z-]+)"', tabs) == [*SETTINGS]
        assert re.findall(r'href="/desk/([a-z-]+)" aria-current="page"', tabs) == [place]
        assert re.search(r'aria-current="page"[^>]*><span class="label">Desk settings', page), place


def test_a_reporter_finds_the_settings_that_are_theirs_and_no_others(client: Browser, cast: Cast) -> None:
    sign_in(client, cast.bob)
    tabs = client.get("/desk/tags").text.partition('class="tabs-row"')[2].partition("</nav>")[0]
    assert re.findall(r'href="/desk/([a-z-]+)"', tabs) == ["tags", "views", "saved-replies", "macros"]
    sign_in(client, cast.dave)
    assert "tabs-row" not in client.get("/desk/views").text


def test_m_without_macros_says_so_and_leads_to_where_one_is_made(desk: Browser, ids: list[int]) -> None:
    for page in (desk.get("/desk").text, desk.get(f"/desk/tips/{ids[0]}").text):
        menu = page.partition('data-key="m"')[2].partition("</details>")[0]
        assert "You have no macros yet" in menu and 'href="/desk/macros"' in menu
