"""config.toml as text, made from the settings' declaration: each section with its heading, each key with its help.

`render({})` is config.example.toml; `tipline init` and `tipline demo` fill in what they know. What has no value of its
own stands there as a comment with its default, so that nobody has to look elsewhere for what can be set.
"""

import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from tipline.config import Settings
from tipline.mail_settings import MailboxSettings, OAuth, Section

Values = Mapping[str, Mapping[str, object]]

HEAD = """\
# tipline's settings. A line that begins with #key is a setting at its default: take the # away to change it.
# Paths count from this file's folder. Any setting can come from the environment instead:
# TIPLINE_SMTP__PORT=465 sets port in [smtp], TIPLINE_MAILBOX__TIPS__PASSWORD that of [mailbox.tips].
"""


def render(values: Values, mailboxes: Values | None = None, *, demo: bool = False) -> str:
    """The file's text with these values set. `mailboxes` by their permanent names; without any, one as a comment."""
    parts = [HEAD, "\n".join(_key("demo", Settings.model_fields["demo"], True if demo else None))]
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            parts.append("\n".join(_section(f"[{name}]", section, values.get(name, {}))))
        elif name == "mailbox":
            for mailbox, given in (mailboxes or {"tips": {}}).items():
                head = f"[mailbox.{mailbox}]" if mailboxes else f"#[mailbox.{mailbox}]"
                parts.append("\n".join(_section(head, MailboxSettings, given)))
                parts.append("\n".join(_section(f"#[mailbox.{mailbox}.oauth]", OAuth, {})))
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _section(head: str, section: type[Section], given: Mapping[str, object]) -> Iterator[str]:
    if unknown := set(given) - set(section.model_fields):
        raise ValueError(f"{head} has no {', '.join(sorted(unknown))}")
    yield head
    yield from _comment((section.__doc__ or "").strip())
    for name, field in section.model_fields.items():
        if field.annotation == OAuth | None:  # a section of its own
            continue
        yield ""
        yield from _key(name, field, given.get(name))


def _key(name: str, field: FieldInfo, value: object) -> Iterator[str]:
    yield from _comment(field.description or "")
    yield f"{name} = {toml(value)}" if value is not None else f"#{name} = {toml(field.default)}"


def _comment(words: str) -> Iterator[str]:
    yield from textwrap.wrap(" ".join(words.split()), 110, initial_indent="# ", subsequent_indent="# ")


def toml(value: object) -> str:
    """A value as TOML writes it; None, which TOML lacks, as a path to be filled in."""
    match value:
        case None:
            return '"/path/to/file"'
        case SecretStr():
            return '""'
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case list():
            return f"[{', '.join(toml(item) for item in value)}]"
        case str() | Path():
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    raise TypeError(f"no setting is a {type(value).__name__}")


if __name__ == "__main__":
    sys.stdout.write(render({}))
