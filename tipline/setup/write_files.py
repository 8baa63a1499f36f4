"""Writing what `tipline init` was told: key, passwords, settings, database, first account.

Nothing that is there already is ever overwritten: a second key over the first would lock every reader's identity
for good.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from mnemonic import Mnemonic

from tipline import config_sample
from tipline.config import load
from tipline.core import accounts
from tipline.errors import SettingsError
from tipline.models import ActorKind, Role
from tipline.resources import make_folders, open_database
from tipline.schema import migrate
from tipline.sealing import make_key_file
from tipline.setup.questions import MAILBOX, InitAnswers, mailbox_values, smtp_values

KEY_FILE = "tipline.key"
FIRST_ROLES = frozenset({Role.ADMIN, Role.EDITOR, Role.REPORTER})


def settings_text(answers: InitAnswers) -> str:
    """config.toml from the answers."""
    values: dict[str, Mapping[str, object]] = {
        "newsroom": {"name": answers["name"], "url": answers["url"]},
        "data": {"folder": answers["folder"], **({"url": answers["database"]} if answers["database"] else {})},
        "secrets": {"key_file": KEY_FILE},
        **({"web": {"proxies": int(answers["proxies"])}} if answers["proxies"] else {}),
        "smtp": smtp_values(answers),
    }
    return config_sample.render(values, {MAILBOX: mailbox_values(answers)} if answers.has_mailbox() else None)


def nothing_there(config: Path) -> None:
    """SettingsError where there are settings already."""
    if config.exists():
        raise SettingsError(f"{config} is there already and nothing was changed; edit it, or choose another --config")


def write(config: Path, answers: InitAnswers) -> list[str]:
    """Write key, passwords and settings, make the database and the first account; what to tell the person.

    The settings come last: where anything fails before, `init` can simply be run again.
    """
    nothing_there(config)
    folder = config.absolute().parent
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / KEY_FILE
    said = [f"Wrote {config}."]
    if key.exists():
        said.append(f"The key in {key} was there already and stays.")
    else:
        make_key_file(key)
    for which in ("mailbox", "smtp"):
        _write_password(answers, which, folder)
    unfinished = folder / f".{config.name}.unfinished"
    unfinished.unlink(missing_ok=True)
    _private(unfinished, settings_text(answers))
    try:
        said += _first_account(unfinished, answers)
        os.link(unfinished, config)  # unlike a rename, it never replaces a file that appeared meanwhile
    finally:
        unfinished.unlink()
    return [
        *said,
        *KEEP_A_COPY.format(key=key).splitlines(),
        "Next: `tipline doctor` looks at each part, `tipline run` starts.",
    ]


KEEP_A_COPY = """
*** KEEP A COPY OF {key} ***
Put it somewhere else, today, and never beside a backup of the database. Names, addresses, mails and files are sealed
with it: without the key they are lost for good, and nobody can bring them back.
"""


def _write_password(answers: InitAnswers, which: str, folder: Path) -> None:
    if not (secret := answers[f"{which}_password"]):
        return
    file = folder / answers[f"{which}_password_file"]
    if file.exists():
        if file.read_text("utf-8").strip() == secret:
            return
        raise SettingsError(f"{file} is there already and holds another password; remove it, or name another file")
    _private(file, secret + "\n")


def _private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _first_account(config: Path, answers: InitAnswers) -> list[str]:
    """The person who set it up is admin, editor and reporter at once. None is made in a database that has one."""
    settings = load(config, {})
    make_folders(settings)
    database = open_database(settings)
    try:
        migrate(database.engine)
        with database.writing() as session:
            if accounts.by_email(session, answers["account_email"]) is not None:
                return [f"There is an account for {answers['account_email']} already; its password stays."]
            password = answers["account_password"] or passphrase()
            name, email = answers["account_name"], answers["account_email"]
            accounts.create(session, email, name, FIRST_ROLES, ActorKind.SYSTEM, password=password)
            session.commit()
    finally:
        database.engine.dispose()
    shown = "the password you gave" if answers["account_password"] else f"the password {password} (shown only now)"
    return [f"{email} signs in at {answers['url']}/login with {shown}."]


def passphrase() -> str:
    """Five words, 55 bits."""
    words = Mnemonic("english").wordlist
    while True:  # five words are refused once in a blue moon, when most of them look like pinyin
        made = "-".join(secrets.choice(words) for _ in range(5))
        if not accounts.password_problem(made):
            return made
