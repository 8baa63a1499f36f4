"""What two drafts of one callout say differently, for two editors who wrote at once."""

from flask_babel import gettext as _

from tipline.core.callouts import CalloutDraft, QuestionDraft
from tipline.core.callouts.callout_texts import TEXTS
from tipline.web.forms.callout import CalloutForm, TextsForm
from tipline.web.i18n import moment
from tipline.web.labels import QUESTION_KIND

FLAGS = ("acknowledge", "ask_by_mail", "anonymous", "indexed", "gallery")
MOMENTS = {"opens_at": "opens_on", "closes_at": "closes_on"}


def differences(theirs: CalloutDraft, mine: CalloutDraft) -> list[tuple[str, str, str]]:
    """What the two drafts say differently: where, theirs, mine."""
    there, here = _lines(theirs), _lines(mine)
    return [
        (name, there.get(name, ""), here.get(name, ""))
        for name in {**there, **here}
        if there.get(name, "") != here.get(name, "")
    ]


def _lines(draft: CalloutDraft) -> dict[str, str]:
    lines = {_label(name): getattr(draft, name) for name in ("slug", "mail_address", "mail_subject", "timezone")}
    lines[_label("languages")] = ", ".join(draft.languages)
    lines[_label("retention_days")] = str(draft.retention_days or "")
    lines[_label("embed_origins")] = "\n".join(draft.embed_origins)
    for name, field in MOMENTS.items():
        at = getattr(draft, name)
        lines[_label(field)] = moment(at) if at else ""
    lines |= {_label(name): _("yes") if getattr(draft, name) else _("no") for name in FLAGS}
    for language, said in draft.texts.items():
        words = {name: str(getattr(TextsForm, name).args[0]) for name in TEXTS}
        lines |= {f"{words[name]} ({language})": getattr(said, name) for name in TEXTS}
    for number, question in enumerate(draft.questions, 1):
        lines |= _question(number, question)
    return lines


def _label(name: str) -> str:
    return str(getattr(CalloutForm, name).args[0])


def _question(number: int, question: QuestionDraft) -> dict[str, str]:
    name = _("Question %(number)s", number=number)
    marks = [str(QUESTION_KIND[question.kind])]
    marks += [_("required")] if question.required else []
    marks += [_("says who the reader is")] if question.identity else []
    marks += [_("may be published")] if question.publish else []
    marks += [_("begins a new page")] if question.new_page else []
    marks += [f"{_('Least')}: {question.least}"] if question.least is not None else []
    marks += [f"{_('Most')}: {question.most}"] if question.most is not None else []
    marks += [_("about %(number)s characters", number=question.guide)] if question.guide else []
    if question.ask_if:
        options = ", ".join(str(option + 1) for option in question.ask_if.options)
        place = question.ask_if.question + 1
        marks.append(_("asked only after option %(options)s of question %(place)s", options=options, place=place))
    if question.ends_if:
        options = ", ".join(str(option + 1) for option in question.ends_if)
        marks.append(_("ends the form after option %(options)s", options=options))
    lines = {name: ", ".join(marks)}
    for language, words in question.texts.items():
        lines[f"{name} ({language})"] = "\n".join([words.wording, words.hint, *words.options]).strip()
    return lines
