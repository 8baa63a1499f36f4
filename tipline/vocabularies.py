"""Closed vocabularies that both arrivals (core.arrival) and the tables (models) use."""

from enum import StrEnum


class Source(StrEnum):
    """The channel by which a story came."""

    FORM = "form"
    MAIL = "mail"
    PAGE = "page"  # the reader's own page
    PHONE = "phone"
    CHAT = "chat"
    IN_PERSON = "in_person"


class ConsentChoice(StrEnum):
    """What a reader allows us to publish."""

    NAME = "name"
    ANONYMOUS = "anonymous"
    ASK = "ask"
    BACKGROUND = "background"
    UNKNOWN = "unknown"  # never said; treated as "nothing may be published"


class ContactChoice(StrEnum):
    """How it is safe to reach a reader."""

    EMAIL = "email"
    PHONE = "phone"
    PAGE = "page"  # only on the page that the reader's code opens
    NO = "no"
    UNKNOWN = "unknown"


class Sign(StrEnum):
    """What makes a story look like spam. None of them decides alone."""

    TRAP = "trap"  # a field was filled in that people do not see
    QUICK = "quick"  # the form was filled in faster than anybody reads it
    SAME = "same"  # others like it came within the hour
    REUSED = "reused"  # one open form sent many stories
    FLOOD = "flood"  # the callout got more than people send
    MANY = "many"  # its network sent more than people do
    LINKS = "links"  # many links, few words
    LOUD = "loud"  # capitals and exclamation marks
    TAUGHT = "taught"  # its words are those that reporters called spam


class FactKind(StrEnum):
    """What kind of fact of a story core.fact_extraction knows to read."""

    PLACE = "place"  # a country, province, city
    CROSSING = "crossing"  # of a border, by land, sea or air
    DATE = "date"  # "2020-02-03", or "2020-02" of a month
    AIRLINE = "airline"  # by its IATA code
    VISA = "visa"  # and other papers that let people in
    AMOUNT = "amount"  # of money: "CNY 30000", or "Rs 500" where nothing says whose
    RELATION = "relation"  # of the family, and whom of it a person is parted from


def N_(message: str) -> str:
    """Mark a message for the catalogue where it is written; whatever shows it passes it to gettext."""
    return message
