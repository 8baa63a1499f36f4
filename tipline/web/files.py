"""Files that readers sent, and their mails as they came. Nothing of it is ever shown as a page of ours."""

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from tipline.core import files
from tipline.core.mailboxes import ledger
from tipline.models import Scan, StoredFile
from tipline.sealing.chunks import Plain, Readable
from tipline.web.guards import READS, WORKS, current_actor, needs, read, write

blueprint = Blueprint("files", __name__)

SANDBOX = "sandbox; default-src 'none'"
MAX_NAME_LENGTH = 120  # characters of a name, its ending included

TYPES: Mapping[str, LazyString] = {
    "image/jpeg": _l("photo"),
    "image/png": _l("picture"),
    "image/gif": _l("picture"),
    "image/webp": _l("picture"),
    "image/heic": _l("photo, HEIC"),
    "image/heif": _l("photo, HEIF"),
    "image/avif": _l("photo, AVIF"),
    "image/tiff": _l("picture, TIFF"),
    "image/svg+xml": _l("drawing, SVG"),
    "video/mp4": _l("video"),
    "video/quicktime": _l("video"),
    "video/webm": _l("video"),
    "video/ogg": _l("video"),
    "video/x-matroska": _l("video"),
    "video/x-msvideo": _l("video"),
    "audio/mpeg": _l("sound"),
    "audio/mp4": _l("sound"),
    "audio/aac": _l("sound"),
    "audio/ogg": _l("sound"),
    "audio/wav": _l("sound"),
    "audio/flac": _l("sound"),
    "audio/amr": _l("sound"),
    "application/pdf": _l("PDF"),
    "application/zip": _l("archive"),
    "application/vnd.rar": _l("archive"),
    "application/x-7z-compressed": _l("archive"),
    "application/gzip": _l("archive"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _l("Word document"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _l("Excel table"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": _l("PowerPoint slides"),
    "application/x-ole-storage": _l("old Office document"),
    "application/rtf": _l("text, RTF"),
    "application/vnd.microsoft.portable-executable": _l("program: do not open"),
    "application/x-elf": _l("program: do not open"),
    "text/html": _l("web page: do not open"),
    "text/plain": _l("text"),
}


@blueprint.app_template_filter("file_type")
def file_type(media_type: str) -> str:
    """What a file is by its first bytes, in words."""
    return str(TYPES.get(media_type, _l("file of an unknown kind")))


@blueprint.app_template_test("played")
def played(file: StoredFile) -> bool:
    """Whether a player may be offered for a file."""
    return files.plays(file)


@blueprint.get("/desk/files/<long:file_id>/view")
@needs(*READS)
def view(file_id: int) -> Response:
    """A photo drawn anew, without the place and time that lie in it."""
    copy = files.view_copy(read(), file_id, current_actor())
    return Response(copy, mimetype="image/jpeg", headers={"Content-Security-Policy": SANDBOX})


@blueprint.post("/desk/files/<long:file_id>")
@needs(*WORKS)
def original(file_id: int) -> ResponseReturnValue:
    """A file as it came. That it was asked for is recorded; where a scanner found something it asks first."""
    row = files.find(read(), file_id, current_actor())
    if row.scan is Scan.INFECTED and "sure" not in request.form:
        return render_template("desk/file_found.html", file=row), 409
    with write() as session:
        row, content = files.original(session, file_id, current_actor())
        name = row.name
        session.commit()
    return download(content, name)


@blueprint.post("/desk/messages/<long:message_id>/original")
@needs(*WORKS)
def raw(message_id: int) -> Response:
    """A mail as it came, headers and all. That it was asked for is recorded."""
    with write() as session:
        content = ledger.raw_of_message(session, message_id, current_actor())
        session.commit()
    return download(Plain(content), f"message-{message_id}.eml")


def download(content: Readable, name: str) -> Response:
    """Bytes to be kept as a file, never opened by the browser (RFC 6266); the type tells it nothing."""
    return Response(content.pieces(), mimetype="application/octet-stream", headers=guarded(content.size, name))


def guarded(size: int, name: str) -> dict[str, str]:
    """The headers of what a stranger sent: not a page, not for other sites."""
    return {
        "Content-Length": str(size),
        "Content-Disposition": disposition(name),
        "Content-Security-Policy": SANDBOX,
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def disposition(name: str) -> str:
    """The header's value: an ASCII name for all, the true one for those who read RFC 8187."""
    safe = safe_name(name)
    stem, dot, ending = safe.rpartition(".")
    plain = (_ascii(stem) or "file") + dot + _ascii(ending) if dot else _ascii(safe) or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def _ascii(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9 ._()-]", "_", bare).strip(" .")


def safe_name(name: str) -> str:
    """A sender's name for a file, harmless on any disk: no path, no control or direction marks, not endless."""
    kept = "".join(c for c in name if unicodedata.category(c)[0] != "C" and unicodedata.category(c) not in ("Zl", "Zp"))
    last = re.split(r"[/\\:]", kept)[-1]
    last = re.sub(r'[<>"|?*]', "_", " ".join(last.split())).strip(" .")
    if len(last) > MAX_NAME_LENGTH:
        stem, dot, ending = last.rpartition(".")
        last = (
            stem[: MAX_NAME_LENGTH - len(ending) - 1] + dot + ending
            if dot and len(ending) <= 10
            else last[:MAX_NAME_LENGTH]
        )
    return last or "file"
