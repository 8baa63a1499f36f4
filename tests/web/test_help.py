"""The handbook of the desk: complete in each language, true to the pages, and found by its words."""

import re
from html import unescape

import pytest
from babel.messages.pofile import read_po
from flask.testing import FlaskClient
from sqlmodel import Session

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tipline import paths
from tipline.models import Account
from tipline.web.desk.help import SLUGS, WRITTEN

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TEXTS = paths.templates() / "desk/help"
A_WORD = {"en": "consent", "zh_Hans": "撤销", "zh_Hant": "復原"}  # on a page in each language


def text_of(language: str, slug: str) -> str:
    return (TEXTS / language / f"{slug}.html").read_text(encoding="utf-8")


@pytest.fixture
def reader(client: Browser, cast: Cast) -> FlaskClient:
    """An editor who reads the handbook."""
    return sign_in(client, cast.alice)


def speak(session: Session, cast: Cast, language: str) -> None:
    session.get_one(Account, cast.alice.account_id).locale = language
    session.commit()


@on_sqlite
@pytest.mark.parametrize("language", WRITTEN)
def test_every_topic_is_shown_and_its_links_lead_somewhere(
    language: str, reader: FlaskClient, session: Session, cast: Cast
) -> None:
    speak(session, cast, language)
    links: set[str] = set()
    for slug in SLUGS:
        page = reader.get(f"/desk/help/{slug}")
        assert page.status_code == 200, slug
        topic = re.search(r'<article class="topic">(.*?)</article>', page.text, re.DOTALL)
        assert topic, slug
        links |= {unescape(link) for link in re.findall(r'(?:href|src)="([^"]+)"', topic[1])}
    for link in links:
        with reader.get(link) as answer:
            assert answer.status_code == 200, link


@on_sqlite
@pytest.mark.parametrize("language", WRITTEN)
def test_a_search_finds_topics_by_a_word_in_any_case(
    language: str, reader: FlaskClient, session: Session, cast: Cast
) -> None:
    speak(session, cast, language)
    word = A_WORD[language]
    found = reader.get("/desk/help", query_string={"q": word.upper()}).text
    assert f"<mark>{word}</mark>".lower() in found.lower()
    topics = found.partition('class="topics"')[2].partition("</ul>")[0]
    assert "/desk/help/" in topics
    assert "&lt;" not in topics
    nothing = reader.get("/desk/help", query_string={"q": "xyzzy"}).text
    assert "/desk/help/" not in nothing.partition('class="topics"')[2].partition("</ul>")[0]


@on_sqlite
@pytest.mark.parametrize("typed", ["合并两条线索", "合并线索", "合併線索", "合并 线索"])
def test_chinese_is_found_without_spaces_and_in_either_script(
    typed: str, reader: FlaskClient, session: Session, cast: Cast
) -> None:
    speak(session, cast, "zh_Hans")
    found = reader.get("/desk/help", query_string={"q": typed}).text.partition('class="topics"')[2]
    assert "/desk/help/merging" in found
    assert re.search("<mark>(合并|线索)", found)
    assert "/desk/help/accounts" not in found


@on_sqlite
def test_the_palette_offers_the_handbook(reader: FlaskClient) -> None:
    assert re.search(r'href="/desk/help"[^>]*><span>Help</span>', reader.get("/desk/palette").text)


@on_sqlite
def test_an_unknown_topic_is_not_there(reader: FlaskClient) -> None:
    assert reader.get("/desk/help/nothing").status_code == 404


def built(language: str, slug: str) -> tuple[list[str], ...]:
    """What a topic is built of apart from its words: headings and lists in their order; pictures, links and labels."""
    text = text_of(language, slug)
    return (
        re.findall(r"<(h1|h2|p|ol|ul|li|dl|dt|dd|table|tr)\b", text),
        re.findall(r"(?:picture|topic)\('[a-z]+'|url_for\('[a-z.]+'", text),
        sorted(re.findall(r"ui\('(?:[^'\\]|\\.)*'\)", text)),
        sorted(re.findall(r"<kbd>.*?</kbd>", text)),
    )


@pytest.mark.parametrize("language", WRITTEN)
def test_every_language_has_every_topic_with_the_same_parts_pictures_links_and_labels(language: str) -> None:
    assert {path.stem for path in (TEXTS / language).iterdir()} == set(SLUGS)
    for slug in SLUGS:
        assert built(language, slug) == built("en", slug), slug


@on_sqlite
@pytest.mark.parametrize("language", WRITTEN)
def test_every_key_that_the_handbook_names_is_in_the_list_of_keys(language: str, reader: FlaskClient) -> None:
    keys = set(re.findall(r"<kbd>(.*?)</kbd>", reader.get("/desk/keys").text))
    for slug in SLUGS:
        named = set(re.findall(r"<kbd>(.*?)</kbd>", text_of(language, slug)))
        assert named <= keys, slug


@pytest.mark.parametrize("language", WRITTEN)
def test_every_label_that_the_handbook_names_is_a_string_of_the_product(language: str) -> None:
    """Pages translate these strings, so a label that is renamed there has to be renamed here, too."""
    strings: set[str] = set()
    with (paths.TRANSLATIONS / "zh_Hans/LC_MESSAGES/messages.po").open("rb") as file:
        for message in read_po(file):
            strings.update([message.id] if isinstance(message.id, str) else message.id)
    for slug in SLUGS:
        labels = re.findall(r"ui\('((?:[^'\\]|\\.)*)'\)", text_of(language, slug))
        assert {label.replace("\\'", "'") for label in labels} <= strings, slug


@pytest.mark.parametrize("language", WRITTEN)
def test_pictures_are_small(language: str) -> None:
    pictures = list((paths.STATIC / "help" / language).iterdir())
    assert 0 < len(pictures) <= 8
    assert max(path.stat().st_size for path in pictures) < 100_000
