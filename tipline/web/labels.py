"""The words that pages show for each closed vocabulary. In templates: `{{ tip.status | status }}`."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tipline.core import tip_fields
from tipline.core.results.quote_sent import Unsent
from tipline.core.tip_fields import Choice
from tipline.core.tip_page.print_view import PrintReason
from tipline.models import (
    Attribution,
    CalloutStatus,
    ContactWay,
    Digest,
    QuestionKind,
    QuoteAnswer,
    QuoteState,
    Role,
    SendState,
    Status,
    TagColour,
    Verb,
    Verification,
)
from tipline.vocabularies import ConsentChoice, ContactChoice, Sign, Source


def words_of(choice: Choice) -> Mapping[Any, LazyString]:
    """The values of a tip's field."""
    return {value: _l(word) for value, word in choice.words.items()}


def alone(choice: Choice, value: str) -> str:
    """A value of a tip's field where no label stands beside it; "" where it is none."""
    return str(_(choice.said(value))) if value in list(choice.kind) else ""


CHOICES: Mapping[str, Mapping[Any, LazyString]] = {choice.name: words_of(choice) for choice in tip_fields.CHOICES}
STATUS: Mapping[Status, LazyString] = CHOICES["status"]
VERIFICATION: Mapping[Verification, LazyString] = CHOICES["verification"]
SOURCE: Mapping[Source, LazyString] = CHOICES["source"]
CONSENT: Mapping[ConsentChoice, LazyString] = CHOICES["consent"]
UNSENT: Mapping[Unsent, LazyString] = {
    Unsent.AGREED: _l("They saw or heard this exact text another way and agreed"),
    Unsent.UNREACHABLE: _l("They can’t be reached safely"),
    Unsent.OWN_WISH: _l("They asked us not to write to them again"),
}
CONTACT: Mapping[ContactChoice, LazyString] = {
    ContactChoice.EMAIL: _l("By email"),
    ContactChoice.PHONE: _l("By phone"),
    ContactChoice.PAGE: _l("Only on their page"),
    ContactChoice.NO: _l("Do not contact"),
    ContactChoice.UNKNOWN: _l("Not said"),
}
ROLE: Mapping[Role, LazyString] = {
    Role.ADMIN: _l("Admin"),
    Role.EDITOR: _l("Editor"),
    Role.REPORTER: _l("Reporter"),
    Role.VIEWER: _l("Viewer"),
}
ROLE_HINT: Mapping[Role, LazyString] = {
    Role.ADMIN: _l("People and settings; no tips."),
    Role.EDITOR: _l("Callouts, and every tip that is not restricted."),
    Role.REPORTER: _l("Works the tips of their callouts."),
    Role.VIEWER: _l("Reads the tips of their callouts; readers' identities stay hidden."),
}
SEND_STATE: Mapping[SendState, LazyString] = {
    SendState.QUEUED: _l("Queued"),
    SendState.SENDING: _l("Being sent"),
    SendState.SENT: _l("Sent"),
    SendState.FAILED: _l("Not sent"),
    SendState.UNKNOWN: _l("Sent or not: unknown"),
    SendState.BOUNCED: _l("Came back"),
    SendState.PAGE: _l("On the reader's page"),
    SendState.WITHDRAWN: _l("Withdrawn"),
}
CALLOUT_STATUS: Mapping[CalloutStatus, LazyString] = {
    CalloutStatus.DRAFT: _l("Draft"),
    CalloutStatus.OPEN: _l("Open"),
    CalloutStatus.PAUSED: _l("Paused"),
    CalloutStatus.CLOSED: _l("Closed"),
    CalloutStatus.ARCHIVED: _l("Archived"),
}
CALLOUT_MEANS: Mapping[CalloutStatus, LazyString] = {
    CalloutStatus.DRAFT: _l("Only editors see it, and whoever has the preview link."),
    CalloutStatus.OPEN: _l("Readers find the page and can answer. What you save changes it at once."),
    CalloutStatus.PAUSED: _l("The page says that it takes no answers now. Mail to its address is still filed here."),
    CalloutStatus.CLOSED: _l("The page stays and says what came of it. Mail to its address is still filed here."),
    CalloutStatus.ARCHIVED: _l("Its page is gone and it is folded away in the list. Its tips stay."),
}
CALLOUT_TURN: Mapping[str, LazyString] = {
    "open": _l("Open to readers"),
    "pause": _l("Pause"),
    "close": _l("Close"),
    "archive": _l("Archive"),
    "restore": _l("Bring back from the archive"),
}
DIGEST: Mapping[Digest, LazyString] = {
    Digest.OFF: _l("Never"),
    Digest.HOURLY: _l("Every hour in which something happened"),
    Digest.DAILY: _l("Once a day, in the morning"),
}
QUESTION_KIND: Mapping[QuestionKind, LazyString] = {
    QuestionKind.SHORT: _l("Short text"),
    QuestionKind.LONG: _l("Long text"),
    QuestionKind.ONE: _l("One option of several"),
    QuestionKind.SEVERAL: _l("Any number of options"),
    QuestionKind.YES_NO: _l("Yes or no"),
    QuestionKind.NUMBER: _l("Number"),
    QuestionKind.DATE: _l("Date"),
    QuestionKind.MONTH: _l("Month"),
    QuestionKind.PLACE: _l("Place"),
    QuestionKind.EMAIL: _l("Email address"),
    QuestionKind.PHONE: _l("Phone number"),
    QuestionKind.LINK: _l("Link"),
    QuestionKind.RATING: _l("Rating"),
    QuestionKind.FILE: _l("Files"),
}
CONTACT_WAY: Mapping[ContactWay, LazyString] = {
    ContactWay.CALL: _l("Call"),
    ContactWay.MEETING: _l("Meeting"),
    ContactWay.MESSAGE: _l("Message elsewhere"),
    ContactWay.OTHER: _l("Other"),
}
VERB: Mapping[Verb, LazyString] = {
    Verb.RECEIVED: _l("received"),
    Verb.MESSAGE: _l("wrote again"),
    **{choice.verb: _l(choice.changed) for choice in tip_fields.CHOICES if choice.changed},
    Verb.ASSIGNED: _l("assigned"),
    Verb.TAGGED: _l("tagged"),
    Verb.UNTAGGED: _l("removed a tag"),
    Verb.FOLLOW_UP: _l("set the follow-up"),
    Verb.DUE: _l("Its follow-up is due"),
    Verb.NOTE: _l("wrote a note"),
    Verb.REPLY: _l("replied"),
    Verb.REPLY_SENT: _l("reply sent"),
    Verb.REPLY_FAILED: _l("reply failed"),
    Verb.REPLY_WITHDRAWN: _l("withdrew the reply"),
    Verb.CONSENT: _l("recorded consent"),
    Verb.MERGED: _l("merged two tips"),
    Verb.CREDITED: _l("credited whoever wrote it"),
    Verb.UNCREDITED: _l("gave it back to who passed it on"),
    Verb.IDENTITY_SEEN: _l("opened the identity"),
    Verb.ORIGINAL_SEEN: _l("opened an original"),
    Verb.READ_AGAIN: _l("read again"),
    Verb.CALLOUT_MADE: _l("made a callout"),
    Verb.CALLOUT_CHANGED: _l("changed a callout"),
    Verb.CALLOUT_OPENED: _l("opened a callout"),
    Verb.CALLOUT_CLOSED: _l("closed a callout"),
    Verb.ACCOUNT_MADE: _l("made an account"),
    Verb.ROLES: _l("changed roles"),
    Verb.TEAM: _l("changed teams"),
    Verb.ACCOUNT_OFF: _l("switched an account off"),
    Verb.ACCOUNT_ON: _l("switched an account on"),
    Verb.PASSWORD: _l("changed a password"),
    Verb.SIGNED_IN: _l("signed in"),
    Verb.QUARANTINED: _l("quarantined mail"),
    Verb.MAILBOX_CONNECTED: _l("connected a mailbox"),
    Verb.CALLOUT_PAUSED: _l("paused a callout"),
    Verb.CALLOUT_ARCHIVED: _l("archived a callout"),
    Verb.PREVIEW_LINK: _l("made a new preview link"),
    Verb.EXPORTED: _l("exported"),
    Verb.QUOTED: _l("copied a quote"),
    Verb.QUOTE: _l("worked on a quote"),
    Verb.PUBLISHED: _l("published an answer"),
    Verb.UNPUBLISHED: _l("took an answer off the page"),
    Verb.HELD: _l("set a legal hold"),
    Verb.RELEASED: _l("lifted the legal hold"),
    Verb.ERASED: _l("erased"),
    Verb.PAGE_CODE: _l("got a new code for their page"),
    Verb.SCANNED: _l("found something in a file"),
    Verb.TAG_CHANGED: _l("changed a tag"),
    Verb.TAG_MERGED: _l("merged two tags"),
    Verb.VIEW_CHANGED: _l("changed a shared view"),
    Verb.MACRO_CHANGED: _l("changed a macro"),
    Verb.REASONS_CHANGED: _l("changed the reasons of a status"),
    Verb.SAVED_REPLY: _l("changed a saved reply"),
    Verb.CHECKLIST: _l("changed a checklist"),
    Verb.CONTACT: _l("noted a call or meeting"),
    Verb.SAFE_WAY: _l("chose how it is safe to be reached"),
    Verb.TASK: _l("added a task"),
    Verb.TASK_DONE: _l("did a task"),
    Verb.TASK_OPEN: _l("opened a task again"),
    Verb.HIGHLIGHTED: _l("highlighted a passage"),
    Verb.TRANSLATED: _l("wrote a translation"),
    Verb.LINKED: _l("linked two tips"),
    Verb.UNLINKED: _l("unlinked two tips"),
    Verb.SPLIT: _l("made a message a tip of its own"),
    Verb.UNMERGED: _l("unmerged two tips"),
    Verb.MOVED: _l("moved it to another callout"),
    Verb.SAME_READER: _l("said that two readers are one"),
    Verb.OTHER_READER: _l("said that two readers are not one"),
    Verb.PRINTED: _l("printed the tip"),
    Verb.NOT_SIMILAR: _l("said that it is not like the others"),
    Verb.SIMILAR: _l("put it back to those like it"),
    Verb.FACT: _l("decided on a fact"),
    Verb.FACT_CORRECTED: _l("corrected a fact"),
    Verb.FACT_TYPE: _l("changed a type of facts"),
    Verb.CHECKED: _l("checked an unclear answer"),
    Verb.AUTOMATIC: _l("said whether a message is automatic"),
    Verb.REPARSED: _l("read the mail again"),
    Verb.BULK: _l("began a change to a whole list"),
}

# What several small changes were about.
CHANGED: Mapping[Verb, LazyString] = {verb: _l(field.noun) for verb, field in tip_fields.BY_VERB.items()}
WHY: Mapping[PrintReason, LazyString] = {
    PrintReason.MEETING: _l("I meet the reader"),
    PrintReason.LAWYER: _l("Our lawyers need it"),
    PrintReason.FACT_CHECK: _l("Fact check"),
    PrintReason.READER: _l("The reader asked for it"),
}


TAG_COLOUR: Mapping[TagColour, LazyString] = {
    TagColour.GREY: _l("grey"),
    TagColour.RED: _l("red"),
    TagColour.ORANGE: _l("orange"),
    TagColour.YELLOW: _l("yellow"),
    TagColour.GREEN: _l("green"),
    TagColour.TEAL: _l("teal"),
    TagColour.BLUE: _l("blue"),
    TagColour.PURPLE: _l("purple"),
    TagColour.PINK: _l("pink"),
}


def _by(table: Mapping[Any, LazyString]) -> Callable[[Any], str]:
    """A filter that also takes the bare word, since some rows carry values instead of members."""
    words = {str(member): label for member, label in table.items()}
    return lambda value: str(words.get(str(value), value))


SIGN: Mapping[Sign, LazyString] = {
    Sign.TRAP: _l("a field was filled in that people do not see"),
    Sign.QUICK: _l("filled in within three seconds"),
    Sign.SAME: _l("others like it came within the hour"),
    Sign.REUSED: _l("one open form sent many stories"),
    Sign.FLOOD: _l("it came in a flood"),
    Sign.MANY: _l("many forms came from its network within minutes"),
    Sign.LINKS: _l("many links, few words"),
    Sign.LOUD: _l("mostly capitals"),
    Sign.TAUGHT: _l("words of what reporters called spam"),
}


QUOTE_STATE: Mapping[QuoteState, LazyString] = {
    QuoteState.DRAFTED: _l("Draft"),
    QuoteState.SENT: _l("Sent to the reader"),
    QuoteState.APPROVED: _l("Approved"),
    QuoteState.CHANGE: _l("Change requested"),
    QuoteState.REFUSED: _l("Refused"),
    QuoteState.PLACED: _l("Placed in an article"),
    QuoteState.PUBLISHED: _l("Published"),
    QuoteState.CORRECTED: _l("Corrected"),
    QuoteState.WITHDRAWN: _l("Withdrawn"),
}
ATTRIBUTION: Mapping[Attribution, LazyString] = {
    Attribution.NAME: _l("Full name"),
    Attribution.FIRST_NAME: _l("First name and place"),
    Attribution.DESCRIPTION: _l("A description"),
    Attribution.ANONYMOUS: _l("No name"),
}
QUOTE_ANSWER: Mapping[QuoteAnswer, LazyString] = {
    QuoteAnswer.YES: _l("Yes"),
    QuoteAnswer.CHANGE: _l("Wants a change"),
    QuoteAnswer.NO: _l("No"),
}


FILTERS: Mapping[str, Callable[[Any], str]] = {
    **{name: _by(words) for name, words in CHOICES.items()},
    "unsent": _by(UNSENT),
    "contact": _by(CONTACT),
    "role": _by(ROLE),
    "role_hint": _by(ROLE_HINT),
    "send_state": _by(SEND_STATE),
    "callout_status": _by(CALLOUT_STATUS),
    "callout_means": _by(CALLOUT_MEANS),
    "digest": _by(DIGEST),
    "question_kind": _by(QUESTION_KIND),
    "verb": _by(VERB),
    "contact_way": _by(CONTACT_WAY),
    "sign": _by(SIGN),
    "tag_colour": _by(TAG_COLOUR),
    "quote_state": _by(QUOTE_STATE),
    "attribution": _by(ATTRIBUTION),
    "quote_answer": _by(QUOTE_ANSWER),
}
