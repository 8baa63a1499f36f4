"""The page of numbers and its files: each choice is an address, and what leaves the house is recorded."""

import csv
import html
import io
import re
import zipfile
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.fixtures_web import sign_in
from tipline.core import replies, triage
from tipline.core.access import Actor
from tipline.core.outgoing_mail import Sender
from tipline.db import now
from tipline.models import Account, Event, Status, TipAccess, Verb, Verification
from tipline.vocabularies import ConsentChoice, Source
from tipline.web import spreadsheets

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def tips(session: Session, cast: Cast) -> None:
    for days in (0, 5, 40, 800):
        make_tip(session, cast.borders, received_at=now() - timedelta(days=days), language="zh-Hans")
    make_tip(session, cast.overtime, received_at=now() - timedelta(days=1), answered_after=9000)
    session.commit()


def get(app: Flask, by: Actor, query: str = "", status: int = 200) -> str:
    answer = sign_in(app.test_client(), by).get(f"/desk/numbers{query}")
    assert answer.status_code == status, query
    return answer.get_data(as_text=True)


def take(app: Flask, by: Actor, status: int = 200, **form: str) -> bytes:
    answer = sign_in(app.test_client(), by).post("/desk/numbers/export", data=form)
    content = answer.get_data()
    answer.close()
    assert answer.status_code == status
    return content


def received(page: str) -> int:
    shown = re.search(r"Tips received</dt><dd>(?:<a [^>]*>)?([0-9,]+)", page)
    assert shown
    return int(shown[1])


@pytest.mark.parametrize(
    ("query", "n"),
    [
        ("", 3),
        ("?period=7", 3),
        ("?period=90", 4),
        ("?period=all", 5),
        ("?period=all&callout=borders", 4),
        ("?period=nonsense", 3),
        ("?since=2001-01-01&until=2001-02-01", 0),
        ("?until=2001-01-01&since=9000-02-01", 5),
        ("?since=9999-99-99&period=own&until=%00", 5),
    ],
)
def test_each_period_and_callout_is_an_address(app: Flask, tips: None, cast: Cast, query: str, n: int) -> None:
    page = get(app, cast.alice, query)
    assert received(page) == n
    assert "Days are counted in UTC" in page and "style=" not in page


def test_this_year_begins_in_january(app: Flask, tips: None, cast: Cast) -> None:
    assert f"Jan 1, {now().year}" in get(app, cast.alice, "?period=year")


def test_a_callout_of_another_team_is_not_there_and_its_tips_are_in_no_number(
    app: Flask, tips: None, cast: Cast
) -> None:
    get(app, cast.bob, "?callout=overtime", 404)
    take(app, cast.bob, 404, csv="days", callout="overtime")
    page = get(app, cast.bob, "?period=all")
    assert received(page) == 4 and "Overtime at tech firms" not in page
    assert received(get(app, cast.carol, "?period=all")) == 1
    get(app, cast.ada, status=403)


def test_an_empty_desk_says_so(app: Flask, cast: Cast) -> None:
    page = get(app, cast.alice)
    assert "No tip came in this period" in page and "No reader waits for an answer" in page


def test_each_table_is_a_csv_without_formulas(app: Flask, session: Session, tips: None, cast: Cast) -> None:
    bob = session.get_one(Account, cast.bob.account_id)
    bob.name = "=HYPERLINK(1)"
    make_tip(session, cast.borders, assignee_id=bob.id)
    session.commit()
    content = take(app, cast.alice, csv="loads", period="all")
    assert content.startswith(spreadsheets.BOM.encode())
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows == [
        ["Reporter", "Open now", "Answers", "Used or closed"], ["'=HYPERLINK(1)", "1", "0", "0"],
        ["nobody", "5", "0", "0"],
    ]  # fmt: skip
    days = list(csv.reader(io.StringIO(take(app, cast.alice, csv="days", callout="borders").decode("utf-8-sig"))))
    assert days[0] == ["Day", "Tips", "form"] and len(days) == 3
    for key in ("sources", "languages", "callouts", "answers", "debt", "status", "verification", "consent"):
        assert len(take(app, cast.alice, csv=key, period="all").splitlines()) > 1


def test_a_workbook_holds_every_table_with_numbers_as_numbers(app: Flask, tips: None, cast: Cast) -> None:
    with zipfile.ZipFile(io.BytesIO(take(app, cast.alice, xlsx="all", period="all"))) as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        first = book.read("xl/worksheets/sheet1.xml").decode()
    assert len(names) == 10 and names[0] == "1 Tips by month"
    assert "<f>" not in first and "<v>1</v>" in first
    with zipfile.ZipFile(io.BytesIO(take(app, cast.alice, xlsx="consent"))) as book:
        assert re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode()) == ["Consent"]


def test_who_takes_numbers_along_is_recorded_and_nonsense_is_not(
    app: Flask, session: Session, tips: None, cast: Cast
) -> None:
    take(app, cast.dave, csv="status", callout="borders")
    take(app, cast.alice, xlsx="all")
    for form in ({"csv": "all"}, {"csv": "nothing"}, {"pdf": "days"}, {}):
        take(app, cast.alice, 400, **form)
    assert sign_in(app.test_client(), cast.alice).get("/desk/numbers/export").status_code == 405
    written = session.scalars(select(Event).where(col(Event.verb) == Verb.EXPORTED).order_by(col(Event.id)))
    assert [(event.account_id, event.object_id, event.after) for event in written] == [
        (cast.dave.account_id, cast.borders, "csv numbers"), (cast.alice.account_id, None, "xlsx numbers"),
    ]  # fmt: skip


LEADS = re.compile(r'<a href="(/desk\?q=[^"]+)"[^>]*>(?:<[^>]*>)*?([0-9,]+)</a>')


@pytest.mark.parametrize("query", ["?period=7", "?period=90", "?period=year", "?period=all", "?callout=borders"])
def test_each_number_leads_to_the_list_that_holds_as_many(
    app: Flask, session: Session, tips: None, cast: Cast, query: str
) -> None:
    bob = session.get_one(Account, cast.bob.account_id)
    bob.timezone = "Asia/Shanghai"
    midnight = now().replace(hour=0, minute=0, second=0) - timedelta(days=2)
    for n, language in enumerate(("zh", "zh-Hans", "zh-Hant", "en", "")):
        make_tip(
            session, cast.borders, received_at=midnight - timedelta(minutes=n), language=language,
            source=list(Source)[n % 3], status=list(Status)[n], consent=list(ConsentChoice)[n % 3],
            verification=list(Verification)[n], assignee_id=bob.id if n < 4 else None,
        )  # fmt: skip
    snoozed = make_tip(session, cast.borders, received_at=midnight, assignee_id=bob.id)
    snoozed.follow_up_on, snoozed.snoozed = midnight.date() + timedelta(days=9), True
    make_tip(session, cast.borders, received_at=midnight, status=Status.SPAM)
    hidden = make_tip(session, cast.borders, received_at=midnight, restricted=True)
    session.add(TipAccess(tip_id=hidden.id or 0, account_id=cast.bob.account_id))
    session.commit()
    page = get(app, cast.bob, query)
    led = {(html.unescape(url), number) for url, number in LEADS.findall(page)}
    browser = sign_in(app.test_client(), cast.bob)
    for url, number in led:
        shown = re.search(r'id="count">([0-9,]+\+?),', browser.get(url).get_data(as_text=True))
        assert shown and shown[1] == number, url
    kinds = {kind for url, _ in led for kind in re.findall(r"(?<![-\w])(\w+):", url)}
    assert kinds >= {"status", "verification", "consent", "lang", "source", "assignee", "days", "before"}
    assert any("lang:none" in url for url, _ in led) and any("-lang:zh-hans,zh-hant" in url for url, _ in led)


@pytest.mark.usefixtures("tips")
def test_what_each_reporter_did_leads_to_the_tips_on_which_they_did_it(
    app: Flask, session: Session, cast: Cast
) -> None:
    at = now() - timedelta(days=300)
    made = [make_tip(session, cast.borders, received_at=at, code_hash=str(n)).id or 0 for n in range(2)]
    for tip_id in (*made, made[0]):
        replies.queue(session, tip_id, "Hello", cast.bob, Sender("The Meridian", "m@meridian.example"))
    for tip_id in made:
        triage.set_status(session, tip_id, Status.CLOSED, cast.bob)
    session.commit()
    browser = sign_in(app.test_client(), cast.bob)
    for query in ("?period=7", "?period=all", "?period=30&callout=borders"):
        work = get(app, cast.bob, query).partition('id="work"')[2].partition("</section>")[0]
        led = [(html.unescape(url), number) for url, number in LEADS.findall(work)]
        for deed, n in (("answered", "3"), ("ended", "2")):
            [(url, number)] = [(url, number) for url, number in led if f"{deed}:" in url]
            page = browser.get(url).get_data(as_text=True)
            assert number == n and 'id="count">2,' in page and "by: Bob" in page, url
    assert "Bob, Answers: 3, the list of their tips" in work


def test_the_callouts_of_an_editor_lead_to_their_lists(app: Flask, tips: None, cast: Cast) -> None:
    led = {html.unescape(url): number for url, number in LEADS.findall(get(app, cast.alice, "?period=all"))}
    assert [n for url, n in led.items() if "callout:overtime" in url] == ["1"]
