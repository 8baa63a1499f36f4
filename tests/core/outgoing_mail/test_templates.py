"""Mails' texts: each in each language, with all that it is given, and nothing that people wrote read as a template."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tipline import paths
from tipline.core import outgoing_mail
from tipline.core.desk.digest import News
from tipline.core.outgoing_mail import Letter, Sender, question_words, templates
from tipline.core.outgoing_mail.mail_questions import CHOICES, MailQuestion
from tipline.paths import CATALOGUES
from tipline.web.forms.submission import CONSENTS

HOSTILE = "{{ 7 * 7 }} {% raw %} <b>&amp;</b> %(code)s %s {page}"
NEWS = News(1, "bob@meridian.example", "en", tips=71, calls=72, lists=73, known=0, earlier=None, due=74)
ACKNOWLEDGEMENT: dict[str, object] = {
    "own_text": "",
    "questions": [],
    "form_link": "https://m.example/form",
    "page_link": "https://m.example/page",
}
QUOTE_REQUEST: dict[str, object] = {
    "text": "We wait.",
    "credit": "",
    "anonymous": False,
    "context": "",
    "day": "22 June",
}
# Each mail with what it is given, and what its reader must find in it.
MAILS: dict[str, list[tuple[dict[str, object], list[str]]]] = {
    "email_code": [({"code": "1234 5678"}, ["1234 5678"])],
    "quote_request": [
        (
            QUOTE_REQUEST | {"text": HOSTILE, "credit": "Mei, Wuhan", "context": "About the border."},
            [f"“{HOSTILE}”\n— Mei, Wuhan\n", "\n\nAbout the border.\n\n", "22 June"],
        ),
        (QUOTE_REQUEST, ["“We wait.”\n\n"]),
    ],
    "digest": [
        (
            {"news": NEWS, "counted": str, "url": "https://m.example"},
            ["71", "72", "73", "74", "https://m.example/desk/activity", "https://m.example/desk/me"],
        )
    ],
    "acknowledgement": [
        (ACKNOWLEDGEMENT, ["https://m.example/page"]),
        (ACKNOWLEDGEMENT | {"own_text": HOSTILE}, [HOSTILE, "https://m.example/page"]),
        (
            ACKNOWLEDGEMENT | {"questions": [MailQuestion(1, (f"1. {HOSTILE}", "   A. Yes"), None)]},
            [f"\n\n1. {HOSTILE}\n   A. Yes\n\n", "https://m.example/form", "https://m.example/page"],
        ),
    ],
}


def rendered(mail: str, language: str, values: dict[str, object]) -> templates.MailText:
    return templates.render(mail, language, words=question_words.in_language(language), **values)


def test_each_mail_has_a_subject_and_a_body() -> None:
    found = {path.name for path in (paths.templates() / "mail").iterdir()}
    assert found == {f"{mail}-{part}.txt" for mail in MAILS for part in ("subject", "body")}


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("mail", MAILS)
def test_each_mail_is_written_in_each_language_with_all_that_it_is_given(mail: str, language: str) -> None:
    for values, wanted in MAILS[mail]:
        text, english = rendered(mail, language, values), rendered(mail, "en", values)
        assert all(one in text.body for one in wanted)
        assert text.subject and "\n" not in text.subject and not text.body.endswith("\n")
        if language != "en":
            assert text.subject != english.subject and text.body != english.body


@pytest.mark.parametrize("language", ["ru", "zh", "", "../en"])
@pytest.mark.parametrize("mail", MAILS)
def test_a_language_without_a_catalogue_gets_english(mail: str, language: str) -> None:
    for values, _ in MAILS[mail]:
        assert rendered(mail, language, values) == rendered(mail, "en", values)


@pytest.mark.parametrize("language", CATALOGUES)
def test_what_people_wrote_is_no_template_and_a_text_mail_escapes_nothing(language: str) -> None:
    assert HOSTILE in templates.render("email_code", language, code=HOSTILE).body


def test_a_forgotten_value_is_an_error_rather_than_a_gap_in_a_mail() -> None:
    with pytest.raises(Exception, match="'code' is undefined"):
        templates.render("email_code", "en")


def test_no_line_of_a_text_becomes_a_header() -> None:
    letter = Letter(
        Sender("The Meridian", "tips@meridian.example"),
        author="",
        recipient="mei@mail.example",
        subject=templates.render("email_code", "en", code="x\r\nBcc: wei@mail.example").subject,
        text=templates.render("email_code", "en", code="x\r\nBcc: wei@mail.example").body,
        message_id="1@meridian.example",
        reply_to="tips@meridian.example",
        date=datetime(2021, 6, 25, tzinfo=UTC),
    )
    for one in (letter, replace(letter, subject="Code\r\nBcc: wei@mail.example")):
        head = outgoing_mail.page_code(one).partition(b"\r\n\r\n")[0]
        assert not any(line.startswith(b"Bcc") for line in head.split(b"\r\n"))


@pytest.mark.parametrize("language", CATALOGUES)
def test_lines_by_which_answers_are_found_are_single_lines(language: str) -> None:
    words = question_words.in_language(language)
    for line in (words.intro, words.end, words.story_hint, words.consent, words.consent_hint, *words.consents):
        assert line == " ".join(line.split())


def test_the_choices_of_consent_in_a_mail_are_those_of_the_form_word_for_word() -> None:
    form = [". ".join(filter(None, map(str, CONSENTS[choice]))).removesuffix(".") for choice in CHOICES]
    assert [one.removesuffix(".") for one in question_words.in_language("en").consents] == form
