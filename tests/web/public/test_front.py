"""The front page: what our reporters ask now, and nothing else."""

import pytest
from flask.testing import FlaskClient

from tests.fixtures_db import Cast
from tests.plans import watching
from tests.web.reading import open_callout
from tipline.db import Database

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_the_front_page_lists_open_callouts_and_nothing_else(
    client: FlaskClient, database: Database, cast: Cast
) -> None:
    open_callout(database, cast)
    page = client.get("/")
    assert page.status_code == 200
    assert "/c/stranded" in page.text and "desk" not in page.text


def test_it_asks_no_more_of_the_database_for_many_callouts_than_for_one(
    client: FlaskClient, database: Database, cast: Cast
) -> None:
    def asked() -> int:
        with database.writing() as session, watching(session) as watched:
            assert client.get("/").status_code == 200
        return len(watched.statements)

    open_callout(database, cast)
    one = asked()
    for slug in ("second", "third"):
        open_callout(database, cast, slug=slug)
    assert one and asked() == one
    page = client.get("/?lang=zh_Hans").text
    assert [page.count(f"/c/{slug}?") for slug in ("stranded", "second", "third")] == [1, 1, 1]
    assert page.count('<li lang="zh-Hans"><h2>') == page.count("滞留？") == page.count("我们在问。") == 3
