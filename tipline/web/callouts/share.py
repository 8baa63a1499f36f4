"""The share kit of a callout: words for a newsletter, a frame for an article, a QR code and a short link."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from markupsafe import Markup

from tipline.core import callouts
from tipline.core.callouts import CalloutView
from tipline.core.text.language import nearest
from tipline.models import Callout, Role
from tipline.web.addresses import one_line, url
from tipline.web.guards import current_actor, needs, public, read
from tipline.web.headers import HOST_SCRIPT
from tipline.web.i18n import language_tag, own_name

if TYPE_CHECKING:
    from segno import QRCode

blueprint = Blueprint("share", __name__)
FRAME_HEIGHT = 1200  # pixels, where the script that fits it is not allowed


@dataclass(frozen=True, slots=True)
class Kit:
    """All that says "tell us" in one language."""

    code: str
    tag: str
    name: str
    page: str
    short: str
    plain: str
    html: str
    embed: str
    picture: Markup


@blueprint.get("/desk/callouts/<int:callout_id>/share")
@needs(Role.EDITOR)
def kit(callout_id: int) -> str:
    """The kit in each of the callout's languages."""
    row = callouts.for_edit(read(), callout_id, current_actor())
    return render_template(
        "desk/callouts/share.html",
        row=row,
        standing=callouts.standing(row),
        title=callouts.texts(read(), [row], str(get_locale()))[callout_id].title,
        kits=[_kit(row, code) for code in row.languages],
        script=url("static", filename=HOST_SCRIPT),
    )


@blueprint.get("/desk/callouts/<int:callout_id>/share/<language>.svg")
@needs(Role.EDITOR)
def qr(callout_id: int, language: str) -> Response:
    """The QR code of a language as a file that prints at any size."""
    row = callouts.for_edit(read(), callout_id, current_actor())
    if language not in row.languages:
        abort(404)
    response = make_response(_drawn(_short(row, language)))
    response.mimetype = "image/svg+xml"
    response.headers["Content-Disposition"] = f'attachment; filename="{row.slug}-{language}.svg"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.get("/s/<int:callout_id>")
@blueprint.get("/s/<int:callout_id>/<language>")
@public
def short(callout_id: int, language: str = "") -> ResponseReturnValue:
    """The short way to a callout's page. Its number leads nowhere that its page does not."""
    row = read().get(Callout, callout_id)
    if row is None or callouts.by_slug(read(), row.slug) is None:
        abort(404)
    return redirect(url("public.callout", slug=row.slug, lang=nearest(language, row.languages) or None), 302)


def _short(row: Callout, language: str) -> str:
    only = len(row.languages) == 1
    return url("share.short", callout_id=row.id, language=None if only else language_tag(language))


def _kit(row: Callout, language: str) -> Kit:
    view = callouts.form_of(read(), row, language)
    page, short_link = url("public.callout", slug=row.slug, lang=language), _short(row, language)
    with force_locale(language):
        return Kit(
            code=language,
            tag=language_tag(language),
            name=own_name(language),
            page=page,
            short=short_link,
            plain=render_template("desk/callouts/newsletter.txt", view=view, link=page).strip() + "\n",
            html=render_template("desk/callouts/newsletter.html", view=view, link=page).strip() + "\n",
            embed=_embed_code(view),
            picture=Markup(_inline(short_link)),
        )


def _embed_code(view: CalloutView) -> str:
    # No style attribute: an article's page with a strict policy would drop it.
    frame = Markup(
        '<iframe src="{}" title="{}" width="100%" height="{}" frameborder="0" referrerpolicy="no-referrer" '
        'allow="clipboard-write"></iframe>\n<script src="{}" async></script>\n'
    )
    source = url("embed.form", slug=view.slug, lang=view.language)
    return str(frame.format(source, one_line(view.title), FRAME_HEIGHT, url("static", filename=HOST_SCRIPT)))


def _inline(text: str) -> str:
    return str(_code(text).svg_inline(scale=4, dark="#000", light="#fff", omitsize=True))


def _drawn(text: str) -> bytes:
    drawn = io.BytesIO()
    _code(text).save(drawn, kind="svg", scale=8, dark="#000", light="#fff")
    return drawn.getvalue()


def _code(text: str) -> "QRCode":
    import segno  # here: it takes 2 MB, and who meets readers' forms draws no code

    return segno.make(text, error="m", micro=False)
