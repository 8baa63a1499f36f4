"""Sounds and videos played on the desk. What plays is the original, with all that a phone wrote into it.

So it is opened by POST and recorded like a download; the POST leads to a page whose address holds a ticket, signed for
this person and this file and good for an hour. A player asks for many pieces of a file, again and again: these GETs
ask for session, rights and ticket each time and record nothing.
"""

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import Range

from tipline.core import files
from tipline.core.file_types import VIDEOS
from tipline.errors import Refused
from tipline.models import StoredFile
from tipline.vocabularies import N_
from tipline.web import fragments
from tipline.web.files import guarded
from tipline.web.guards import WORKS, current_actor, needs, read, write
from tipline.web.place import place

blueprint = Blueprint("player", __name__)

PASS_SECONDS = 3600
OVER = N_("This player's hour is over. Go back to the tip and press Play again.")


@blueprint.post("/desk/files/<long:file_id>/play")
@needs(*WORKS)
def play(file_id: int) -> ResponseReturnValue:
    """Open a player. That the original was asked for is recorded."""
    by = current_actor()
    files.playing(read(), file_id, by)
    with write() as session:
        files.original(session, file_id, by)
        session.commit()
    signed = _signer().dumps([file_id, by.account_id])
    return redirect(url_for("player.page", file_id=file_id, ticket=signed), 303)


@blueprint.get("/desk/files/<long:file_id>/player")
@needs(*WORKS)
def page(file_id: int) -> Response:
    """The player, on a page of its own or in the place of its button."""
    file = _playing(file_id)
    return fragments.answer(
        "desk/player.html",
        {f"play-{file_id}": ["desk/_player.html"]},
        file=file,
        media=url_for("player.media", file_id=file_id, ticket=request.args["ticket"]),
        moving=file.type in VIDEOS,
    )


@blueprint.get("/desk/files/<long:file_id>/media")
@needs(*WORKS)
def media(file_id: int) -> Response:
    """The bytes that a player asks for (RFC 9110, 14): a range of them, or all."""
    file = _playing(file_id)
    content = files.content(read(), file)
    start, end, status = 0, content.size, 200
    if (wanted := _range()) is not None:
        asked = wanted.range_for_length(content.size)
        if asked is None:
            return Response(status=416, headers={"Content-Range": f"bytes */{content.size}"})
        (start, end), status = asked, 206
    response = Response(content.pieces(start, end), status, guarded(end - start, file.name), mimetype=file.type)
    response.headers["Accept-Ranges"] = "bytes"
    if status == 206:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{content.size}"
    return response


def _range() -> Range | None:
    """The one range of bytes that is asked for; None where all is due, as where a version is named: we name none."""
    wanted = request.range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1 or "If-Range" in request.headers:
        return None
    return wanted


def _playing(file_id: int) -> StoredFile:
    """The file, for whom its ticket was made."""
    by = current_actor()
    file = files.playing(read(), file_id, by)
    try:
        meant = _signer().loads(request.args.get("ticket", ""), max_age=PASS_SECONDS)
    except BadSignature:
        raise Refused(OVER) from None
    if meant != [file_id, by.account_id]:
        raise Refused(OVER)
    return file


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(place().database.master.signing_secret("player"), salt="player")
