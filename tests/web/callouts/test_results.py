"""The pages of a callout's results, and its files: what they show to whom, and that no cell is a formula."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlmodel import Session

from tests.arrivals import mail
from tests.core.surveying import Survey, send, survey
from tests.fixtures_db import Cast
from tests.fixtures_web import sign_in
from tipline.core import intake
from tipline.core.access import Actor
from tipline.core.arrival import ConsentChoice
from tipline.core.retention import erasure
from tipline.web import spreadsheets


@pytest.fixture
def apart(session: Session, cast: Cast) -> Iterator[Survey]:
    made = survey(session, cast.alice, cast.bob, cast.dave)
    send(
        session,
        made,
        made.answer("story", "=HYPERLINK(1)"),
        made.answer("where", "武汉", 0, withheld=True),
        made.answer("town", "Wuhan"),
        made.answer("months", "17"),
        made.answer("since", "2020-02-01"),
        made.answer("family", "Li"),
        reader_name="Mei Li",
        reader_email="mei@mail.example",
        reader_phone="+86 138",
        consent=ConsentChoice.ANONYMOUS,
    )
    intake.receive(session, replace(mail("@SUM(1) I wait for my flight", callout_id=made.callout_id, subject="Flight")))
    session.commit()
    yield made


def test_a_share_of_forms_says_when_deleted_ones_count(app: Flask, session: Session, cast: Cast, apart: Survey) -> None:
    gone = send(session, apart, apart.answer("story", "Mine"), apart.answer("town", "Wuhan"))
    session.commit()
    results, note = f"/desk/callouts/{apart.callout_id}/results", "forms that were deleted or are left out here count"
    assert note not in get(app, cast.alice, results)
    erasure.erase(session, gone, cast.alice)
    session.commit()
    page = get(app, cast.alice, results)
    assert "answered in 100% of 2 forms that asked it" in page and note in page


def get(app: Flask, by: Actor, path: str) -> str:
    answer = sign_in(app.test_client(), by).get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def take(app: Flask, by: Actor, apart: Survey, **form: str) -> bytes:
    answer = sign_in(app.test_client(), by).post(f"/desk/callouts/{apart.callout_id}/results/export", data=form)
    assert answer.status_code == 200
    assert str(answer.headers["Content-Disposition"]).startswith('attachment; filename="apart-')
    content = answer.get_data()
    answer.close()
    return content


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_page_shows_each_question_and_links_to_its_answers(app: Flask, apart: Survey, cast: Cast) -> None:
    base = f"/desk/callouts/{apart.callout_id}/results"
    for query in ("", "?compare=language", "?compare=source", "?compare=version", "?source=form&language=en&page=0"):
        page = get(app, cast.dave, base + query)
        assert "Where are you?" in page and "Wuhan" in page and "not for publication" in page
        assert "answered in 100% of the one form" in page and f"{base}/{apart.ids['story']}" in page
    assert "No tip is like this" in get(app, cast.bob, f"{base}?consent=background&since=2021-99-99&until=9999-12-31")
    for odd in ("?language=%00&page=-1", "?language=%25&page=99999999999999999999", "?after=0-0&since=%00&compare=x"):
        assert "Wuhan" in get(app, cast.bob, base + odd)
    assert "Li</" not in page and "Mei" not in page


def test_answers_are_listed_with_consent_and_their_tip_and_identity_ones_are_not(
    app: Flask, apart: Survey, cast: Cast
) -> None:
    base = f"/desk/callouts/{apart.callout_id}/results"
    page = get(app, cast.dave, f"{base}/{apart.ids['story']}?q=hyperlink")
    assert "<mark>HYPERLINK</mark>" in page and "Without name" in page and "T-0" in page and "Reader " in page
    assert "Mei L." in get(app, cast.bob, f"{base}/{apart.ids['story']}")
    assert "No answer holds these words" in get(app, cast.bob, f"{base}/{apart.ids['story']}?q=nothing")
    for question in (apart.ids["family"], 0, 999_999):
        assert sign_in(app.test_client(), cast.bob).get(f"{base}/{question}").status_code == 404
    both = get(app, cast.dave, f"{base}/tips")
    assert "I wait for my flight" in both and "=HYPERLINK(1)" in both and "Mei" not in both


def test_a_csv_has_one_row_a_tip_and_no_cell_that_is_a_formula(app: Flask, apart: Survey, cast: Cast) -> None:
    content = take(app, cast.dave, apart, form="csv")
    assert content.startswith(b"\xef\xbb\xbf")
    by_mail, by_form = table(content)
    assert by_form["What happened?"] == "'=HYPERLINK(1)" and by_mail["Message"] == "'@SUM(1) I wait for my flight"
    assert by_form["Where are you?"] == "[not for publication] Wuhan"
    assert by_form["Received"] == "2021-06-22T01:02:00Z" and by_form["Consent"] == "Without name"
    assert b"Mei" not in content and "Name" not in by_form and b"mei@" not in content
    assert [row["Source"] for row in table(take(app, cast.dave, apart, form="csv", source="mail"))] == ["mail"]


def test_who_the_readers_are_is_in_the_file_only_for_those_who_may_see_it(
    app: Flask, apart: Survey, cast: Cast
) -> None:
    row = table(take(app, cast.bob, apart, form="csv", identity="yes"))[1]
    assert (row["Name"], row["Email"], row["Phone"]) == ("Mei Li", "mei@mail.example", "'+86 138")
    assert row["Your family name?"] == "Li"
    client = sign_in(app.test_client(), cast.dave)
    address = f"/desk/callouts/{apart.callout_id}/results/export"
    assert client.post(address, data={"form": "csv", "identity": "yes"}).status_code == 403
    assert client.post(address, data={"form": "exe"}).status_code == 400
    assert client.get(address).status_code == 405


def test_an_xlsx_holds_text_only_and_leaves_no_file_behind(
    app: Flask, apart: Survey, cast: Cast, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    content = take(app, cast.bob, apart, form="xlsx", identity="yes")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=HYPERLINK(1)" in sheet and "@SUM(1)" in sheet and "Mei Li" in sheet
    assert "<f>" not in sheet and set(re.findall(r' t="(\w+)"', sheet)) == {"inlineStr"}
    import pathlib

    assert not list(pathlib.Path(str(tmp_path)).glob("tipline-*"))


@pytest.mark.parametrize("start", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1"])
def test_a_cell_that_begins_like_a_formula_begins_with_a_quote_mark(start: str) -> None:
    assert spreadsheets.harmless(start) == f"'{start}" and spreadsheets.harmless(f"a{start}") == f"a{start}"


def test_a_text_that_no_cell_of_excel_holds_is_cut_and_says_so() -> None:
    for text in ("长" * 40_000, "😀" * 20_000, "a" * 32_768):
        cut = spreadsheets.fitting(text, "[cut]")
        assert len(cut.encode("utf-16-le")) // 2 <= spreadsheets.MAX_CELL_LENGTH and cut.endswith("[cut]")
    assert spreadsheets.fitting("a" * 32_767, "[cut]") == "a" * 32_767
