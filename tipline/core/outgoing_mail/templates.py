"""The texts of mails: a pair of templates for each, its subject and its body, in the language of who gets it.

A mail named `email_code` is `templates/mail/email_code-subject.txt` and `email_code-body.txt`. Their messages are in
the catalogues, so a new language is one more catalogue; one without a catalogue gets English. What readers, reporters
and editors wrote goes in as values, which are never read as templates.
"""

from dataclasses import dataclass
from functools import lru_cache

from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from tipline import paths
from tipline.paths import CATALOGUES


@dataclass(frozen=True, slots=True)
class MailText:
    """What a mail says. `subject` is one line; `body` ends without a line end."""

    subject: str
    body: str


def render(mail: str, language: str, **values: object) -> MailText:
    """The text of a mail in a language (a locale code). Jinja's UndefinedError where a template asks for a value that
    isn't given."""
    environment = _environment(known(language))
    subject, body = (environment.get_template(f"{mail}-{part}.txt").render(values) for part in ("subject", "body"))
    return MailText(" ".join(subject.split()), body.strip())


def known(language: str) -> str:
    """The language, or English where there is no catalogue of it."""
    return language if language in CATALOGUES else "en"


@lru_cache(maxsize=len(CATALOGUES))
def catalogue(language: str) -> NullTranslations:
    """The messages of a language that is `known`."""
    return Translations.load(str(paths.TRANSLATIONS), [language])


@lru_cache(maxsize=len(CATALOGUES))
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(paths.templates() / "mail"),
        extensions=["jinja2.ext.i18n"],
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    return environment
