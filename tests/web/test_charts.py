"""What charts are labelled with: days as the person who looks at them has them."""

from collections import Counter
from datetime import UTC, date, datetime, tzinfo

import pytest
from flask import Flask
from sqlmodel import Session

from tests.fixtures_db import Cast
from tests.fixtures_web import sign_in
from tipline.models import Account
from tipline.vocabularies import Source
from tipline.web import charts, i18n

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class NewYearsEve(datetime):
    """In UTC the old year has four hours left; in Shanghai the new one has begun."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime(2026, 12, 31, 20, tzinfo=UTC).astimezone(tz)


@pytest.mark.parametrize(
    ("zone", "labels"), [("UTC", ["Dec 31", "Jan 1, 2027"]), ("Asia/Shanghai", ["Dec 31, 2026", "Jan 1"])]
)
def test_a_column_names_its_year_where_it_is_another_than_the_reporters(
    app: Flask, session: Session, cast: Cast, zone: str, labels: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session.get_one(Account, cast.bob.account_id).timezone = zone
    session.commit()
    with sign_in(app.test_client(), cast.bob) as browser:
        browser.get("/desk")
        monkeypatch.setattr(i18n, "datetime", NewYearsEve)
        days = {date(2026, 12, 31): Counter({Source.FORM: 1})}
        drawn = charts.over_time(days, date(2026, 12, 31), date(2027, 1, 1))
    assert [column.label for column in drawn.columns] == labels
