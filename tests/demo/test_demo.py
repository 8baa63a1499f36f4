"""The demo: sixty-odd stories, each its own, by form and by mail; and a folder that keeps what was done."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from tests.servers import ports
from tests.servers.processes import COMMAND, Tipline
from tipline import create_app
from tipline.config import load
from tipline.core import access, accounts, inbox, readers, search
from tipline.core.access import Actor
from tipline.core.arrival import Automatic
from tipline.core.bulk import macros
from tipline.core.filters import Filters
from tipline.core.inbox import fact_counts, list_rows, views
from tipline.core.tip_page import conversation
from tipline.db import Database
from tipline.demo import build, desk, letters, pictures, stories
from tipline.demo.build import Demo
from tipline.demo.stories import Story
from tipline.errors import SettingsError
from tipline.mail import parse
from tipline.models import Role, Status
from tipline.resources import open_database
from tipline.vocabularies import ConsentChoice, Source

BIRTH = datetime(2021, 6, 22, 9, 30, tzinfo=UTC)
TOLD = stories.read()
MAILED = [story for story in TOLD if story.by_mail]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A demo to look at; nothing of it is changed."""
    return build.open_or_build(tmp_path_factory.mktemp("demo") / "demo", lambda said: None)


@pytest.fixture
def own(built: Demo, tmp_path: Path) -> Demo:
    """A copy to change."""
    shutil.copytree(built.folder, tmp_path / "demo")
    return Demo(tmp_path / "demo", built.password)


def opened(demo: Demo) -> Database:
    return open_database(load(demo.config, {}))


def person(database: Database, name: str) -> Actor:
    with database.reading() as session:
        account = accounts.by_email(session, f"{name}@{build.HOST}")
        assert account is not None and account.id is not None
        found = access.actor(session, account.id)
    assert found is not None
    return found


def rows(database: Database, by: Actor, typed: str = "") -> list[list_rows.ListRow]:
    filters = Filters.parse(typed) if typed else Filters(any_status=True)
    with database.reading() as session:
        return inbox.page(session, filters, by, datetime.now(UTC).date(), limit=200).rows


def one_line(text: str) -> str:
    return " ".join(text.split())


# the stories themselves


def test_there_are_about_sixty_and_half_of_them_come_by_mail() -> None:
    assert 58 <= len(TOLD) <= 70
    assert 0.4 < len(MAILED) / len(TOLD) < 0.6


def test_no_two_are_alike() -> None:
    assert len({story.key for story in TOLD}) == len(TOLD)
    assert len({story.days for story in TOLD}) == len(TOLD)
    assert len({one_line(story.text)[:40] for story in TOLD}) == len(TOLD)
    people = Counter(story.email for story in TOLD if story.email)
    assert {email for email, n in people.items() if n > 1} == {"bencarter.sh@gmail.example"}  # he forgot his photo


def test_eleven_are_separated_from_their_children() -> None:
    assert sum(story.separated is True for story in TOLD) == 11


def test_they_came_in_the_last_ten_days() -> None:
    assert all(0 < story.days < 10 for story in TOLD)


def test_nobodys_real_address_is_in_them() -> None:
    for story in TOLD:
        assert story.email == "" or story.email.endswith(".example"), story.key


def test_months_are_counted_from_the_day_the_story_came() -> None:
    assert stories.month_name(date(2021, 6, 22), 18, "en") == "December 2019"
    assert stories.month_name(date(2021, 6, 22), 3, "en") == "March"
    assert stories.month_name(date(2021, 6, 22), 18, "zh-Hans") == "前年12月"
    assert stories.months_before(date(2021, 3, 31), 1) == date(2021, 2, 28)
    assert not any("{" in story.told(BIRTH) for story in TOLD)


@pytest.mark.parametrize("story", MAILED, ids=lambda story: story.key)
def test_each_letter_is_read_as_its_story(story: Story) -> None:
    arrival = parse.arrival(letters.letter(story, BIRTH))
    assert one_line(arrival.text) == one_line(story.told(BIRTH))
    assert arrival.subject == story.subject
    assert (arrival.reader_name, arrival.reader_email) == (story.name, story.email)
    assert arrival.language == story.language
    assert arrival.received_at == BIRTH - timedelta(days=story.days) or story.days % 1
    assert arrival.forwarded == bool(story.forwards)
    assert ("THE CHINA LETTER" in arrival.quoted) == bool(story.quotes or story.forwards)
    assert (arrival.automatic is Automatic.REPLY) == story.automatic
    assert len(arrival.attachments) == len(story.photos) + bool(story.pdf)


def test_many_mail_programs_and_charsets_are_among_them() -> None:
    assert {story.style for story in MAILED} == set(letters.STYLES)
    charsets = {
        match[1].lower() for s in MAILED for match in re.finditer(rb'charset="?([\w-]+)', letters.letter(s, BIRTH))
    }
    assert {b"utf-8", b"gb18030", b"gbk", b"gb2312", b"big5"} <= charsets


def test_one_letter_is_bare_gb18030_under_a_false_label() -> None:
    raw = letters.letter(next(story for story in TOLD if story.style == "raw-gb18030"), BIRTH)
    with pytest.raises(UnicodeDecodeError):
        raw.decode("gb2312")
    assert "㛃" in raw.decode("gb18030")


def test_the_same_day_gives_the_same_bytes() -> None:
    for story in MAILED:
        assert letters.letter(story, BIRTH) == letters.letter(story, BIRTH) or story.photos


@pytest.mark.parametrize("name", sorted(pictures.SCENES))
def test_each_photo_knows_its_place_and_time(name: str) -> None:
    photo = pictures.draw(name, BIRTH)
    with Image.open(BytesIO(photo.content)) as image:
        exif = image.getexif()
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    assert exif[ExifTags.Base.DateTime] == "2021:06:22 09:30:00"
    degrees, minutes, seconds = gps[ExifTags.GPS.GPSLatitude]
    assert float(degrees + minutes / 60 + seconds / 3600) == pytest.approx(
        abs(pictures.SCENES[name].place[0]), abs=0.001
    )


# the folder


def test_every_story_is_a_tip_and_nothing_was_set_aside(built: Demo) -> None:
    database = opened(built)
    found = rows(database, person(database, "alice"))
    assert len(found) == len(TOLD)
    assert Counter(row.tip.source for row in found) == {
        Source.MAIL: len(MAILED),
        Source.FORM: len(TOLD) - len(MAILED),
    }
    ages = sorted((datetime.now(UTC) - row.tip.received_at) / timedelta(days=1) for row in found)
    assert ages[0] < 1 and 9 < ages[-1] < 10
    assert {row.tip.language for row in found} == {"en", "zh-Hans", "zh-Hant"}
    assert set(ConsentChoice) == {row.tip.consent for row in found}
    database.engine.dispose()


def test_what_one_may_not_see_is_not_there(built: Demo) -> None:
    database = opened(built)
    all_, borders, overtime = (rows(database, person(database, name)) for name in ("alice", "bob", "carol"))
    assert len(borders) + len(overtime) == len(all_)
    assert {row.callout for row in borders} == {"stranded"}
    assert {row.callout for row in overtime} == {"overtime"}
    assert len(rows(database, person(database, "dave"))) == len(borders)
    database.engine.dispose()


def test_the_desk_looks_worked_at(built: Demo) -> None:
    database = opened(built)
    alice, bob = person(database, "alice"), person(database, "bob")
    assert alice.roles == {Role.ADMIN, Role.EDITOR, Role.REPORTER}
    found = rows(database, alice)
    assert {Status.NEW, Status.REVIEWING, Status.WAITING, Status.READY, Status.CLOSED, Status.SPAM} == {
        row.tip.status for row in found
    }
    assert any(row.overdue for row in found)
    assert len(rows(database, bob, "assignee:me")) >= 4
    assert len(rows(database, alice, "tag:children")) >= 4
    with database.reading() as session:
        tip = next(row.tip for row in found if row.tip.title.startswith("和儿子分开"))
        kinds = {entry.kind for entry in conversation.conversation(session, tip, alice)}
    assert kinds == {"message", "event"}
    database.engine.dispose()


def test_the_newsroom_has_views_tags_and_texts_of_its_own(built: Demo) -> None:
    database = opened(built)
    bob = person(database, "bob")
    with database.reading() as session:
        held = {
            view.name: size.count
            for view, size in zip(views.views(session, bob), views.sizes(session, bob).values(), strict=True)
        }
        assert len(held) == 3 and min(held.values()) >= 3
        assert len(macros.usable(session, bob)) == 2
    database.engine.dispose()


def test_facts_were_read_and_some_are_confirmed(built: Demo) -> None:
    database = opened(built)
    alice, bob = person(database, "alice"), person(database, "bob")
    parted = "relation=separated-from-child"
    assert 1 <= len(rows(database, bob, f"fact:{parted}")) < len(rows(database, bob, f"suggested:{parted}"))
    assert len(rows(database, alice, "suggested:place")) > 30 and rows(database, alice, "fact:date")
    assert len(rows(database, bob, "fact:months-apart")) == 2
    with database.reading() as session:
        counted = fact_counts.count(session, Filters(any_status=True), alice, datetime.now(UTC).date())
    assert len(counted.spots) > 10 and len(counted.months) > 5
    database.engine.dispose()


def test_the_stories_can_be_found(built: Demo) -> None:
    database = opened(built)
    alice = person(database, "alice")
    assert {row.tip.title for row in rows(database, alice, "浦东")} >= {"在浦东机场，丈夫和女儿进去了，我没有"}
    assert len(rows(database, alice, "Shanghai")) >= 4
    assert len(rows(database, alice, "has:photo lang:zh")) == 2
    with database.reading() as session:
        assert search.matching(session, "bencarter.sh", alice) is None or not rows(database, alice, "bencarter.sh")
    database.engine.dispose()


def test_names_are_short_on_the_list_and_hidden_from_viewers(built: Demo) -> None:
    database = opened(built)
    alice, dave = person(database, "alice"), person(database, "dave")
    tips = [row.tip for row in rows(database, dave)]
    with database.reading() as session:
        shown, hidden = readers.short_names(session, tips, alice), readers.short_names(session, tips, dave)
    assert "Ben C." in shown.values()
    assert all(name.startswith("Reader ") for name in hidden.values())
    database.engine.dispose()


def test_the_password_is_new_each_time_and_for_its_owner_alone(built: Demo) -> None:
    assert (built.folder / build.STATE).stat().st_mode & 0o077 == 0
    assert (built.folder / build.README).stat().st_mode & 0o077 == 0
    assert json.loads((built.folder / build.STATE).read_text())["password"] == built.password
    assert built.password in (built.folder / build.README).read_text(encoding="utf-8")
    assert len(built.password) >= 19


def test_what_is_said_of_mail_follows_the_settings(built: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (built.folder / build.README).read_text(encoding="utf-8")
    assert "until config.toml has an [smtp] section" in " ".join(readme.split())
    assert "No mail leaves this machine" in build.welcome(built, load(built.config, {}))
    monkeypatch.setenv("TIPLINE_SMTP__HOST", "mail.example")
    settings = load(built.config, build.environment(5000))
    assert settings.smtp.host == "mail.example" and "leave by your SMTP server" in build.welcome(built, settings)


def test_a_browser_sees_the_callout_in_each_language(built: Demo) -> None:
    database = opened(built)
    client = create_app(load(built.config, {}), database).test_client()
    assert "Stranded by closed borders" in client.get("/c/stranded?lang=en").text
    assert "被关闭的边境困住的人" in client.get("/c/stranded?lang=zh_Hans").text
    assert "被關閉的邊境困住的人" in client.get("/c/stranded", headers={"Accept-Language": "zh-TW"}).text
    assert "Overtime at tech firms" in client.get("/").text
    database.engine.dispose()


def test_a_second_start_keeps_what_was_done(own: Demo) -> None:
    database = opened(own)
    alice = person(database, "alice")
    database.engine.dispose()
    before = (own.folder / "data" / "tipline.db").stat().st_mtime_ns
    again = build.open_or_build(own.folder, lambda said: pytest.fail("it was built again"))
    assert again == own
    assert (own.folder / "data" / "tipline.db").stat().st_mtime_ns == before
    assert alice.name == "Alice Shen"


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    for reset in (False, True):
        with pytest.raises(SettingsError, match="no demo"):
            build.open_or_build(tmp_path, lambda said: None, reset=reset)
    assert (tmp_path / "thesis.txt").exists()


def test_a_demo_that_runs_is_not_reset_or_started_twice(own: Demo) -> None:
    with build.locked(own.folder):
        for reset in (False, True):
            with pytest.raises(SettingsError, match="a demo is running in this folder"):
                build.open_or_build(own.folder, lambda said: None, reset=reset)
    assert build.open_or_build(own.folder, lambda said: None).password == own.password


def test_ctrl_c_while_the_mail_is_taken_in_ends_it_without_a_traceback(tmp_path: Path) -> None:
    # A shell's background job ignores Ctrl-C, and so would all that it starts: here it counts.
    command = ["env", "--default-signal=INT", str(COMMAND), "demo", "--folder", str(tmp_path / "demo")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as demo:
        try:
            assert demo.stdout is not None
            while (line := demo.stdout.readline()) and not line.startswith(b"Filling in"):
                pass  # the process that reads mails runs from here on
            os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: to all of the command's processes
            said = demo.communicate(timeout=30)[0].decode()
        finally:
            demo.kill()
    assert demo.returncode == 1 and "Traceback" not in said and "KeyboardInterrupt" not in said
    assert not (tmp_path / "demo").exists()


def test_a_build_that_was_cut_off_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(desk, "work", cut)
        with pytest.raises(KeyboardInterrupt):
            build.open_or_build(tmp_path / "demo", lambda said: None)
    assert not (tmp_path / "demo").exists()
    made = build.open_or_build(tmp_path / "demo", lambda said: None)
    again = build.open_or_build(tmp_path / "demo", lambda said: None, reset=True)
    assert again.password != made.password


def test_new_mail_is_on_the_desk_within_ten_seconds_and_loopback_alone_is_served(own: Demo) -> None:
    port = ports.free()
    with Tipline("demo", "--folder", str(own.folder), "--port", str(port), port=port) as running:
        deadline = time.monotonic() + 90
        while not (own.password in running.output and "worker started" in running.output):
            assert time.monotonic() < deadline, running.output
            time.sleep(0.05)
        assert f"http://127.0.0.1:{port}/desk" in running.output
        (own.new_mail / "letter.eml").write_bytes(b"From: Mei <mei@x.example>\nSubject: Just now\n\nA new story.\n")
        database = opened(own)
        alice = person(database, "alice")
        began = time.monotonic()
        while not (found := [r for r in rows(database, alice) if r.tip.title == "Just now"]):
            assert time.monotonic() - began < 10, running.output
            time.sleep(0.1)
        database.engine.dispose()
        assert found[0].callout == "stranded"
        assert running.stop() == 0
