"""Trying a server that the answers describe, before anything is written."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr, ValidationError

from tipline import doctor
from tipline.errors import MailboxUnreachable
from tipline.mail_settings import MailboxSettings, Smtp
from tipline.setup.questions import MAILBOX, InitAnswers, mailbox_values, smtp_values


@dataclass(frozen=True)
class Trial:
    """A server that the answers so far describe, to be tried before they are written. `prefix`: its questions."""

    words: str
    prefix: str
    run: Callable[[], doctor.Finding]


def after(name: str, answers: InitAnswers, config: Path) -> Trial | None:
    """The trial that is possible once this question is answered."""
    last_of_smtp = "smtp_from" if answers["smtp_host"] else ""
    if name in ("mailbox_password", "mailbox_path") and answers.has_mailbox():
        return Trial("the mailbox", "mailbox_", lambda: _try_mailbox(answers, config.absolute().parent))
    if name == last_of_smtp:
        return Trial("the SMTP server", "smtp_", lambda: _try_smtp(answers, config.absolute().parent))
    return None


def _try_mailbox(answers: InitAnswers, folder: Path) -> doctor.Finding:
    """Where it can be read, its mails answer the question that comes next: under which name their server vouches."""
    try:
        values = {**mailbox_values(answers), "password_file": None}
        if answers["mailbox_kind"] == "maildir":
            values["path"] = folder / answers["mailbox_path"]
        secret = SecretStr(_password(answers, "mailbox", folder))
        settings = MailboxSettings.model_validate({**values, "password": secret})
        found = doctor.mailbox(MAILBOX, settings)
        if found.well:
            with contextlib.suppress(MailboxUnreachable):  # then it is typed, as without a trial
                answers.given["authserv_ids"] = ", ".join(sorted(doctor.results_in(settings)[1]))
        return found
    except (ValidationError, OSError) as error:
        return doctor.Finding("mailbox", False, _plain(error))


def _try_smtp(answers: InitAnswers, folder: Path) -> doctor.Finding:
    try:
        secret = SecretStr(_password(answers, "smtp", folder))
        return doctor.smtp(Smtp.model_validate({**smtp_values(answers), "password_file": None, "password": secret}))
    except (ValidationError, OSError) as error:
        return doctor.Finding("smtp", False, _plain(error))


def _plain(error: ValidationError | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}; give the password here, or write it into that file first"
    return error.errors(include_input=False, include_url=False)[0]["msg"].removeprefix("Value error, ")


def _password(answers: InitAnswers, which: str, folder: Path) -> str:
    if given := answers[f"{which}_password"]:
        return given
    if not answers[f"{which}_user"]:
        return ""
    file = folder / answers[f"{which}_password_file"]
    if file == folder / answers["mailbox_password_file"] and answers["mailbox_password"]:
        return answers["mailbox_password"]
    return file.read_text("utf-8").strip()
