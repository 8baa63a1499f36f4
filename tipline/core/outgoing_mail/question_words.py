"""The fixed words of the questions in an acknowledgement, in the language of its reader.

They are messages of the catalogues, not of a template, since answers are found by the same words when the mail comes
back (`mail_questions.sheet`).
"""

from dataclasses import dataclass
from functools import lru_cache

from tipline.core.outgoing_mail import templates
from tipline.models import QuestionKind
from tipline.paths import CATALOGUES


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """One language. `intro`, `story_hint`, `consent_hint` and `end` are one line each: answers are found by them. Some
    have placeholders, to be filled with `%` and a dictionary."""

    intro: str
    end: str
    optional: str  # %(question)s
    only_if: str  # %(number)s, %(options)s
    story_hint: str  # under the question that the mail may answer already
    yes_no: tuple[str, str]
    rating: str  # %(most)s
    mark_of: str  # how a rating is stored: %(mark)s, %(most)s
    kinds: dict[QuestionKind, str]
    consent: str
    consents: tuple[str, str, str, str]
    consent_hint: str


def in_language(language: str) -> QuestionWords:
    """The words in a language (a locale code), in English where there is no catalogue of it."""
    return _words(templates.known(language))


@lru_cache(maxsize=len(CATALOGUES))
def _words(language: str) -> QuestionWords:
    words = templates.catalogue(language)
    _ = words.gettext
    return QuestionWords(
        intro=_(
            "If you can tell us more, reply to this email and write your answer below each question. "
            "You can leave any of them out."
        ),
        end=_("That is all we ask. Thank you."),
        optional=_("%(question)s (optional)"),
        only_if=_("Only if your answer to %(number)s is: %(options)s"),
        story_hint=_("If your email already says this, leave it out."),
        yes_no=(_("Yes"), _("No")),
        rating=_("A number from 1 (lowest) to %(most)s (highest)."),
        mark_of=_("%(mark)s of %(most)s"),
        kinds={
            QuestionKind.ONE: str(words.pgettext("mail", "Choose one.")),
            QuestionKind.SEVERAL: _("Choose all that fit."),
            QuestionKind.YES_NO: _("Yes or no."),
            QuestionKind.NUMBER: _("A number."),
            QuestionKind.DATE: _("A date, like 2021-06-22."),
            QuestionKind.MONTH: _("A month, like 2021-06."),
            QuestionKind.LINK: _("A web address."),
        },
        consent=_("What may we publish?"),
        consents=_consents(language),
        consent_hint=_("Choose one. You can change it later. Without an answer we publish nothing."),
    )


def _consents(language: str) -> tuple[str, str, str, str]:
    """The choices of consent, word for word those of the form."""
    _ = templates.catalogue(language).gettext
    both = _("%(choice)s. %(hint)s")
    return (
        both % {"choice": _("My words, with my name"), "hint": _("We send you the exact quote first.")},
        both % {"choice": _("My words, without my name"), "hint": _("We leave out anything that could identify you.")},
        both % {"choice": _("Ask me first"), "hint": _("We publish nothing until you say yes.")},
        _("%(choice)s.") % {"choice": _("Nothing, for background only")},
    )
