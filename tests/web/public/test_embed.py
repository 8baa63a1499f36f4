"""The form in the frame of an article, the share kit, and what other sites are told of a callout."""

import re
from html import unescape
from typing import Any
from xml.etree import ElementTree as xml

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web.reading import code_of, open_callout, story
from tipline.core import callouts
from tipline.core.callouts import CalloutView
from tipline.db import Database
from tipline.models import Callout
from tipline.web.headers import POLICY

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

URL = "http://127.0.0.1:5000"


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    return open_callout(database, cast)


def change(database: Database, view: CalloutView, **values: Any) -> None:
    with database.writing() as session:
        row = session.get_one(Callout, view.id)
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        session.commit()


def ancestors(answer: TestResponse) -> str:
    policy = answer.headers["Content-Security-Policy"]
    assert policy.replace(re.search(r"frame-ancestors [^;]+", policy)[0], "frame-ancestors 'none'") == POLICY  # type: ignore[index]
    return re.search(r"frame-ancestors ([^;]+)", policy)[1]  # type: ignore[index]


def test_a_story_is_sent_from_a_frame_and_its_receipt_stands_there(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = story(client, view)
    framed = client.get("/c/stranded/embed?lang=en")
    assert framed.text.count("Leave this page") == 2 and framed.text.count('target="_top"') == 2
    page.read(framed)
    sent = client.post("/c/stranded/embed?lang=en", data={**page.typed, **page.hidden})
    assert sent.status_code == 303 and sent.headers["Location"].startswith("/c/stranded/embed/receipt/")
    receipt = client.get(sent.headers["Location"])
    assert len(code_of(receipt).split()) == 12
    assert re.search(r'id="secret" href="[^"]+" target="_blank" rel="noopener"', receipt.text)
    for answer in (framed, sent, receipt):
        assert ancestors(answer) == "*" and "X-Frame-Options" not in answer.headers
        assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "no-store"


def test_only_the_sites_that_a_callout_names_may_frame_it(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    change(database, view, embed_origins=["https://news.example", "https://other.example:8443"])
    assert ancestors(client.get("/c/stranded/embed")) == "https://news.example https://other.example:8443"
    wrong = client.post("/c/stranded/embed", data={"mark": "1"})
    assert wrong.status_code == 422 and ancestors(wrong).startswith("https://news.example ")
    change(database, view, embed_origins=["https://news.example; script-src *", "*"])
    assert ancestors(client.get("/c/stranded/embed")) == "'none'", "what is no address lets nobody in"


def test_no_other_page_may_be_framed(client: FlaskClient, view: CalloutView) -> None:
    receipt = story(client, view).post().headers["Location"]
    for path in ("/", "/c/stranded", receipt, "/c/stranded/embedded", "/r", "/feed.atom", "/robots.txt", "/login"):
        answer = client.get(path)
        assert ancestors(answer) == "'none'" and answer.headers["X-Frame-Options"] == "DENY", path


def test_a_closed_callout_says_so_in_the_frame_and_an_unknown_one_is_not_found(
    client: FlaskClient, view: CalloutView, cast: Cast, database: Database
) -> None:
    with database.writing() as session:
        callouts.close(session, view.id, cast.alice)
        session.commit()
    closed = client.get("/c/stranded/embed")
    assert "no longer taking answers" in closed.text and 'rel="noopener">Have you written to us before?' in closed.text
    missing = client.get("/c/nothing/embed")
    assert missing.status_code == 404 and ancestors(missing) == "*", "or the article shows a broken frame"
    assert client.get("/c/stranded/embed/receipt/forged").status_code == 404


def test_the_articles_script_may_be_loaded_from_elsewhere_and_no_other(client: FlaskClient, view: CalloutView) -> None:
    with client.get("/static/embed-host.js") as script, client.get("/static/embed.js") as other:
        assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert script.headers["Cache-Control"] == "no-cache", "its name never changes, what it says may"
        assert other.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_callouts_page_says_what_other_sites_show_of_it(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = client.get("/c/stranded?lang=zh_Hans").text
    for said in (
        '<meta property="og:title" content="滞留？">',
        '<meta property="og:description" content="我们在问。">',
        f'<meta property="og:url" content="{URL}/c/stranded?lang=zh_Hans">',
        '<meta property="og:locale" content="zh_CN">',
        '<meta property="og:locale:alternate" content="en_US">',
        '<meta property="og:site_name" content="The Meridian">',
        '<meta name="twitter:card" content="summary">',
        f'<link rel="canonical" href="{URL}/c/stranded?lang=zh_Hans">',
        f'<link rel="alternate" hreflang="en" href="{URL}/c/stranded?lang=en">',
        f'<link rel="alternate" hreflang="x-default" href="{URL}/c/stranded">',
    ):
        assert said in page, said
    assert "og:image" not in page, "nothing is loaded for it"


def test_search_engines_list_only_what_the_callout_says_they_may(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    noindex = '<meta name="robots" content="noindex">'
    change(database, view, gallery=True)
    assert noindex in client.get("/c/stranded").text and noindex in client.get("/c/stranded/answers").text
    assert client.get("/c/stranded/answers.atom").headers["X-Robots-Tag"] == "noindex"
    change(database, view, indexed=True)
    assert noindex not in client.get("/c/stranded").text and noindex not in client.get("/c/stranded/answers").text
    receipt = client.get(story(client, view).post().headers["Location"])
    for page in (client.get("/c/stranded/embed"), client.post("/c/stranded", data={}), receipt, client.get("/r")):
        assert noindex in page.text and page.headers["Cache-Control"] == "no-store"
    robots = client.get("/robots.txt")
    assert robots.mimetype == "text/plain" and "Disallow: /desk\n" in robots.text and "/c/preview/" in robots.text


def test_the_short_link_leads_to_the_page_in_its_language_and_nowhere_else(
    client: FlaskClient, view: CalloutView, cast: Cast, database: Database
) -> None:
    for asked, found in (("", ""), ("/zh-Hans", "?lang=zh_Hans"), ("/en", "?lang=en"), ("/xx", "")):
        answer = client.get(f"/s/{view.id}{asked}")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{URL}/c/stranded{found}")
    with database.writing() as session:
        draft = callouts.general(session).id
        session.commit()
    for nowhere in (draft, 0, 99999, 2**80):
        assert client.get(f"/s/{nowhere}").status_code == 404


def test_the_share_kit_has_everything_in_each_language(
    app: Flask, client: Browser, view: CalloutView, cast: Cast
) -> None:
    page = sign_in(app.test_client(), cast.alice).get(f"/desk/callouts/{view.id}/share").text
    fields = {k: unescape(v) for k, v in re.findall(r'<textarea id="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)}
    assert fields["page-zh-Hans"] == f"{URL}/c/stranded?lang=zh_Hans"
    assert fields["short-en"] == f"{URL}/s/{view.id}/en"
    assert (
        fields["plain-en"].startswith("Stranded?\n\nWe ask.\n\nTell us here: http")
        and "s@meridian" in fields["plain-en"]
    )
    assert "<b>滞留？</b>" in fields["html-zh-Hans"] and 'lang="zh-Hans"' in fields["html-zh-Hans"]
    assert f'<iframe src="{URL}/c/stranded/embed?lang=en"' in fields["embed-en"]
    assert f'<script src="{URL}/static/embed-host.js" async></script>' in fields["embed-en"]
    assert "style=" not in fields["embed-en"] + fields["html-en"], "a strict policy would drop it"
    assert page.count("<svg") >= 2 and not re.search(r"<svg[^>]*style=", page)


def test_the_qr_code_is_a_file_that_carries_the_short_link(app: Flask, view: CalloutView, cast: Cast) -> None:
    alice = sign_in(app.test_client(), cast.alice)
    answer = alice.get(f"/desk/callouts/{view.id}/share/zh_Hans.svg")
    assert answer.mimetype == "image/svg+xml" and "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="stranded-zh_Hans.svg"'
    assert xml.fromstring(answer.data).tag == "{http://www.w3.org/2000/svg}svg"
    assert alice.get(f"/desk/callouts/{view.id}/share/fr.svg").status_code == 404


def test_hostile_texts_stay_texts_wherever_they_are_shared(app: Flask, cast: Cast, database: Database) -> None:
    view = open_callout(database, cast, "hostile")
    with database.writing() as session:
        row = session.get_one(Callout, view.id)
        draft = callouts.draft_of(session, row)
        draft.texts["en"] = callouts.CalloutTexts('"><script>alert(1)</script>', "\u202e</textarea><b>")
        callouts.change(session, view.id, draft, cast.alice, row.version)
        session.commit()
    alice = sign_in(app.test_client(), cast.alice)
    kit = alice.get(f"/desk/callouts/{view.id}/share").text
    for text in (kit, alice.get("/c/hostile").text, alice.get("/c/hostile/embed").text):
        assert "<script>alert" not in text and "</textarea><b>" not in text
    assert "&amp;lt;script&amp;gt;" in kit, "the HTML for the newsletter is escaped itself"
