"""Files that reporters put to what they write down: to an entered tip, a note, a call or meeting. They take the road of
readers' files: sealed while they come (uploads.py), and filed one by one behind the words, so that no file costs them.
"""

from collections.abc import Callable, Sequence

from flask import flash
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlmodel import Session

from tipline.core.arrival import Attached
from tipline.db import OUT_OF_REACH
from tipline.errors import Refused, SealBroken
from tipline.web import uploads
from tipline.web.guards import write
from tipline.web.place import settings


def any_chosen() -> bool:
    """Whether files came along."""
    return bool(uploads.of_request().taken)


def attach(to: Callable[[Session, Attached], object], missing: Sequence[str] = ()) -> None:
    """File what came along, each file in a commit of its own; a notice names `missing` and what is left out."""
    posted = uploads.of_request()
    left_out = [*missing]
    for upload in posted.taken:
        try:
            with write() as session:
                to(session, upload.attachment)
                session.commit()
        except (*OUT_OF_REACH, Refused, SealBroken, OSError):
            left_out.append(upload.attachment.name)
    say([*left_out, *posted.left_out])


def not_yet() -> None:
    """The words are not filed as they stand, so the files are not: say that they are to be chosen again."""
    if any_chosen():
        flash(_("Your files aren’t saved yet. If your browser no longer shows them, choose them again."), "error")
    say(uploads.of_request().left_out)


def say(left_out: Sequence[str]) -> None:
    """Name the files that were left out, and what the limits are."""
    if not left_out:
        return
    limits = settings().limits
    names = ", ".join(f"\u2068{name}\u2069" for name in left_out)
    said = ngettext(
        "One file was left out: %(names)s.", "%(num)s files were left out: %(names)s.", len(left_out), names=names
    )
    more = _(
        "Each file can be up to %(each)s MB. You can add up to %(most)s files at once, %(all)s MB in total.",
        each=limits.file_mb, all=limits.files_mb, most=uploads.FILES,
    )  # fmt: skip
    flash(f"{said} {more}", "error")
