"""Builds the demo's folder: settings, key, Maildir, database, and everything that happened before you look at it.

Its stories come in as a newsroom's do: mail lies in a Maildir and is taken in by the worker's own look, forms
are validated by the page's own form, and the desk's work is done by core's verbs. Only the times are set back.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from tipline import config_sample, create_app
from tipline.config import Settings, load
from tipline.core import access, accounts, callouts, intake
from tipline.core.access import Actor
from tipline.core.arrival import Arrival, Attachment
from tipline.core.intake import submissions
from tipline.db import Database, now
from tipline.demo import callouts as demo_callouts
from tipline.demo import desk, letters, pictures, stories
from tipline.demo.callouts import DemoCallout
from tipline.demo.stories import Story
from tipline.errors import SettingsError
from tipline.jobs.poll import PollRun
from tipline.models import ActorKind, Role
from tipline.paths import CATALOGUES
from tipline.resources import make_folders, open_database
from tipline.schema import migrate
from tipline.sealing import make_key_file
from tipline.setup.write_files import passphrase
from tipline.web.forms.submission import form_for

MAILBOX = "china"
CONFIG, STATE, README = "config.toml", "demo.json", "README.txt"
HOST = "meridian.example"
PEOPLE: tuple[tuple[str, str, frozenset[Role], tuple[str, ...]], ...] = (
    ("alice", "Alice Shen", frozenset({Role.ADMIN, Role.EDITOR, Role.REPORTER}), ()),
    ("bob", "Bob Weaver", frozenset({Role.REPORTER}), ("borders",)),
    ("carol", "Carol Diaz", frozenset({Role.REPORTER}), ("overtime",)),
    ("dave", "Dave Moreau", frozenset({Role.VIEWER}), ("borders",)),
)
FILLED_IN = timedelta(minutes=7)  # what a reader spends on the form
IN_NEW = 5  # days; older mail lies in cur/, as if a colleague had read it
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Demo:
    """A built demo: where it lies and who signs in."""

    folder: Path
    password: str

    @property
    def config(self) -> Path:
        return self.folder / CONFIG

    @property
    def new_mail(self) -> Path:
        return self.folder / "maildir" / "new"

    @property
    def login(self) -> str:
        return f"alice@{HOST}"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a second `tipline demo` out of the folder as long as this one runs. SettingsError where one is there.

    The lock is on the folder itself and ends with the process, however that ends.
    """
    with ExitStack() as stack:
        if folder.is_dir():
            fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            stack.callback(os.close, fd)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SettingsError(
                    f"{folder}: a demo is running in this folder; stop it first (Ctrl-C), or choose another --folder"
                ) from None
        yield


def open_or_build(folder: Path, say: Say, *, reset: bool = False) -> Demo:
    """The demo of a folder, built where there is none yet. SettingsError where the folder holds something else, or
    another demo runs in it."""
    with locked(folder):
        return _open_or_build(folder, say, reset=reset)


def _open_or_build(folder: Path, say: Say, *, reset: bool) -> Demo:
    state = folder / STATE
    if folder.exists() and not state.is_file() and any(folder.iterdir()):
        raise SettingsError(f"{folder} holds something that is no demo; choose another --folder")
    if folder.exists() and (reset or not state.is_file()):
        shutil.rmtree(folder)
    if state.is_file():
        return Demo(folder, json.loads(state.read_text("utf-8"))["password"])
    unfinished = folder.with_name(folder.name + ".unfinished")  # an interrupted build never looks like a demo
    shutil.rmtree(unfinished, ignore_errors=True)
    _build(unfinished, say)
    unfinished.rename(folder)
    return _open_or_build(folder, say, reset=False)


def _build(folder: Path, say: Say) -> None:
    birth = now().replace(microsecond=0)
    password = passphrase()
    told = stories.read()
    folder.mkdir(parents=True, mode=0o700)
    (folder / CONFIG).write_text(_config(), "utf-8")
    make_key_file(folder / "tipline.key")
    say(f"Writing {sum(s.by_mail for s in told)} letters …")
    _maildir(folder / "maildir", [story for story in told if story.by_mail], birth)
    settings = load(folder / CONFIG, {})
    make_folders(settings)
    database = open_database(settings)
    try:
        migrate(database.engine)
        asked = _people_and_callouts(database, password, birth)
        say("Taking in the mail …")
        _mail(settings, database)
        say(f"Filling in {sum(not s.by_mail for s in told)} forms …")
        browser = _Browser(settings, database, asked, birth)
        filed = {story.key: browser.send(story) for story in told if not story.by_mail}
        say("Working at the desk …")
        with database.reading() as session:
            people = {key: _actor(session, key) for key, *_ in PEOPLE}
        desk.furnish(database, people)
        desk.work(database, people, told, filed, birth)
    finally:
        database.engine.dispose()
    (folder / README).write_text(_readme(password), "utf-8")
    _private(folder / STATE, json.dumps({"password": password, "born": birth.isoformat()}) + "\n")
    (folder / README).chmod(0o600)


def _config() -> str:
    mailbox = {
        "kind": "maildir",
        "address": letters.ADDRESSES["borders"],
        "path": "maildir",
        "poll_seconds": 2,
        "callout": "stranded",
    }
    newsroom = {"name": letters.MERIDIAN, "timezone": "UTC", "languages": list(CATALOGUES)}
    return config_sample.render({"newsroom": newsroom}, {MAILBOX: mailbox}, demo=True)


def _private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _maildir(path: Path, told: list[Story], birth: datetime) -> None:
    for name in ("new", "cur", "tmp"):
        (path / name).mkdir(parents=True, mode=0o700)
    for story in told:
        name = letters.maildir_name(story, birth)
        place = path / "new" / name if story.days < IN_NEW else path / "cur" / f"{name}:2,S"
        place.write_bytes(letters.letter(story, birth))


def _people_and_callouts(database: Database, password: str, birth: datetime) -> list[DemoCallout]:
    asked = demo_callouts.read(birth)
    with database.writing() as session:
        ids = {}
        for key, name, roles, _ in PEOPLE:
            account = accounts.create(session, f"{key}@{HOST}", name, roles, ActorKind.SYSTEM, password=password)
            ids[key] = account.id
        alice = _actor(session, "alice")
        slugs = {}
        for callout in asked:
            made = callouts.create(session, callout.draft, alice)
            assert made.id is not None
            if callout.opened:
                callouts.open_(session, made.id, alice)
            slugs[callout.name] = made.id
        for key, _, _, teams in PEOPLE:
            account_id = ids[key]
            assert account_id is not None
            accounts.set_teams(session, account_id, [slugs[team] for team in teams], ActorKind.SYSTEM)
        session.commit()
    return asked


def _actor(session: Session, key: str) -> Actor:
    account = accounts.by_email(session, f"{key}@{HOST}")
    assert account is not None and account.id is not None
    found = access.actor(session, account.id)
    assert found is not None
    return found


def _mail(settings: Settings, database: Database) -> None:
    largest = settings.limits.message_mb * 1024 * 1024
    while PollRun(database, MAILBOX, settings.mailbox[MAILBOX], largest, compare=True).run():
        pass


class _Browser:
    """Fills in the forms of the callouts, through the page's own form; the view itself would say that it is now."""

    def __init__(self, settings: Settings, database: Database, asked: list[DemoCallout], birth: datetime) -> None:
        self._app = create_app(settings, database)
        self._database = database
        self._callouts = {callout.name: callout for callout in asked}
        self._birth = birth

    def send(self, story: Story) -> int:
        """Post a story and, after its text, its photos; the tip."""
        callout = self._callouts[story.callout]
        came = self._birth - timedelta(days=story.days)
        photos = [pictures.draw(name, came) for name in story.photos]
        arrival = self._arrival(story, callout, came, len(photos))
        with self._database.writing() as session:
            filed = intake.receive(session, arrival)
            session.commit()
        for photo in photos:
            with self._database.writing() as session:
                submissions.attach(session, filed, Attachment(photo.file_name, photo.content, "image/jpeg"))
                session.commit()
        return filed.tip_id

    def _arrival(self, story: Story, callout: DemoCallout, came: datetime, photos: int) -> Arrival:
        language = "zh_Hans" if story.language.startswith("zh") else "en"
        with self._database.reading() as session:
            row = callouts.by_slug(session, callout.draft.slug)
            assert row is not None
            view = callouts.form_of(session, row, language)
        asked = [question.id for question in view.questions]
        submission = submissions.new(view.id, came - FILLED_IN, asked)
        files = {asked[callout.questions.index("photos")]: photos} if photos else {}
        fields = demo_callouts.posted(story, callout, view, self._birth)
        page = f"/c/{view.slug}?lang={language}"
        with self._app.test_request_context(page, method="POST", data=fields) as context:
            form = form_for(view, submission, context.request.form, files)
            if not form.validate():
                raise AssertionError(f"the form refuses {story.key}: {form.errors}")
            return form.arrival(came)


def environment(port: int) -> dict[str, str]:
    """The environment of a start of the demo: ours, with its port, and loopback whatever the settings say."""
    return os.environ | {
        "TIPLINE_NEWSROOM__URL": f"http://127.0.0.1:{port}",
        "TIPLINE_WEB__HOST": "127.0.0.1",
        "TIPLINE_WEB__PORT": str(port),
        "TIPLINE_WEB__TRUSTED_HOSTS": "127.0.0.1",
    }


def welcome(demo: Demo, settings: Settings) -> str:
    """What a newcomer reads: one address, one login, and what to try."""
    here = os.path.relpath(demo.new_mail)
    mail = (
        "Replies to readers who wrote by mail leave by your SMTP server."
        if settings.smtp.host
        else ('No mail leaves this machine: replies to readers who wrote by mail stay "queued".')
    )
    return f"""
  The desk     {settings.newsroom.url}/desk
  Sign in      {demo.login}
  Password     {demo.password}

  A reader's view: {settings.newsroom.url}/c/stranded
  New mail: cp some.eml {here}/   and it is on the desk a few seconds later.
  {mail}
  bob@, carol@ and dave@{HOST} see other things; their password is the same.
  Ctrl-C stops; the next start keeps what you did; --reset begins anew.
"""


def _readme(password: str) -> str:
    people = "\n".join(f"  {f'{key}@{HOST}':26} {name:14} {', '.join(sorted(roles))}" for key, name, roles, _ in PEOPLE)
    return f"""\
This folder is a demo of tipline: made-up readers, made-up stories. Start it with `tipline demo`.

Who can sign in, all with the password {password}
{people}

Put a mail (an .eml file) into maildir/new/ and it is on the desk a few seconds later.
Replies to readers who wrote by mail stay "queued": no mail leaves this machine until config.toml has an [smtp] section
with a host. `tipline demo --reset` begins anew; deleting the folder ends it.
"""
