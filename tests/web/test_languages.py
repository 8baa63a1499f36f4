"""Which language a page is in, which way it is written, and what stands in for a translation that is not there."""

import pytest

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser
from tipline.config import Newsroom, Settings
from tipline.core import callouts
from tipline.core.callouts import CalloutDraft, CalloutTexts, QuestionDraft, QuestionTexts
from tipline.core.text.language import nearest
from tipline.db import Database
from tipline.models import QuestionKind


@pytest.fixture
def settings() -> Settings:
    return Settings(newsroom=Newsroom(languages=["en", "ar", "zh_Hans", "zh_Hant"]))


@pytest.mark.parametrize(
    ("tag", "offered", "expected"),
    [
        ("zh-TW", ["en", "zh_Hans", "zh_Hant"], "zh_Hant"),
        ("zh-Hant-HK", ["en", "zh_Hans", "zh_Hant"], "zh_Hant"),
        ("zh-TW", ["en", "zh_Hans"], "zh_Hans"),
        ("zh", ["zh_Hant", "zh_Hans"], "zh_Hans"),
        ("zh-SG", ["en", "zh_Hant"], "zh_Hant"),
        ("pt", ["en", "pt_BR"], "pt_BR"),
        ("pt-PT", ["en", "pt_BR", "pt"], "pt"),
        ("EN-us", ["zh_Hans", "en"], "en"),
        ("fr", ["en"], ""),
        ("", ["en"], ""),
        ("../../x", ["en"], ""),
    ],
)
def test_a_reader_gets_the_offered_language_that_they_read_best(tag: str, offered: list[str], expected: str) -> None:
    assert nearest(tag, offered) == expected


def open_in(database: Database, cast: Cast, *languages: str) -> None:
    said = {"en": "Stranded?", "ar": "هل أنت عالق؟", "zh_Hans": "滞留？"}
    with database.writing() as session:
        question = QuestionDraft(
            None, QuestionKind.LONG, False, False, {code: QuestionTexts(said[code]) for code in languages}
        )
        texts = {code: CalloutTexts(said[code]) for code in languages}
        made = callouts.create(session, CalloutDraft("stuck", [*languages], "", None, texts, [question]), cast.alice)
        callouts.open_(session, made.id or 0, cast.alice)
        session.commit()


def test_a_callout_in_arabic_is_written_from_right_to_left(client: Browser, database: Database, cast: Cast) -> None:
    open_in(database, cast, "en", "ar")
    page = client.get("/c/stuck", headers={"Accept-Language": "ar-EG,en;q=0.5"})
    assert '<html lang="ar" dir="rtl"' in page.text and "هل أنت عالق؟" in page.text
    assert '<html lang="en" dir="ltr"' in client.get("/c/stuck?lang=en").text


def test_who_reads_traditional_chinese_gets_simplified_where_that_is_all_there_is(
    client: Browser, database: Database, cast: Cast
) -> None:
    open_in(database, cast, "en", "zh_Hans")
    page = client.get("/c/stuck", headers={"Accept-Language": "zh-TW"})
    assert '<html lang="zh-Hans"' in page.text and "滞留？" in page.text


def test_the_front_page_speaks_traditional_chinese(client: Browser) -> None:
    page = client.get("/", headers={"Accept-Language": "zh-HK"})
    assert '<html lang="zh-Hant" dir="ltr"' in page.text and "繁體中文" in page.text
