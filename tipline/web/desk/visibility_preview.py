"""What moving many tips does to who sees them: shown before they go, beside the list or on a page of its own."""

from babel.lists import format_list
from flask import Blueprint, Response, request
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from tipline.core.accounts.teams import AudienceMember
from tipline.core.bulk import visibility_preview
from tipline.core.bulk.visibility_preview import VisibilityPreview
from tipline.errors import NotVisible
from tipline.web import fragments, i18n
from tipline.web.desk import chips, listing
from tipline.web.guards import WORKS, current_actor, needs, read
from tipline.web.ids import typed_id

blueprint = Blueprint("visibility_preview", __name__)


@blueprint.get("/desk/bulk/to/<int:callout_id>")
@needs(*WORKS)
def look(callout_id: int) -> Response:
    """How many go to the callout, who will see them then and who won't any more, and what stays: a dialog over the
    list, or a page where there is no script."""
    by, ids = current_actor(), listing.selected()
    titles = {callout.id: title for callout, title in chips.callouts_of(by)}
    if callout_id not in titles:
        raise NotVisible("callout")
    if ids:
        found = visibility_preview.of_selected(read(), ids, callout_id, by)
    else:
        found = visibility_preview.of_list(read(), listing.filters(), callout_id, by, i18n.today())
    beside = fragments.target() == "list"
    page = fragments.answer(
        "desk/visibility_preview.html",
        {"list": ["desk/_visibility_preview.html"]},
        found=found,
        ids=ids,
        titles=titles,
        beside=beside,
        will_see=_names(found.audience.gain, found),
        will_not=_names(found.audience.lose, found),
        q=listing.filters().query(),
        open_tip=request.args.get("open", type=typed_id),
        here="",
    )
    if beside:
        page.headers.update({"HX-Retarget": "#dialog-body", "HX-Reswap": "innerHTML", "HX-Push-Url": "false"})
    return page


def _names(seers: list[AudienceMember], found: VisibilityPreview) -> str:
    """Who they are; with how many of the tips, where it is not all, and with less certainty of whom only what lies
    further down a long list would tell."""
    names = [seer.name if seer.tips and seer.tips == found.tips else _name(seer) for seer in seers]
    return format_list(names, locale=get_locale()) if names else ""


def _name(seer: AudienceMember) -> str:
    if not seer.tips:
        return str(_("%(name)s (perhaps)", name=seer.name))
    return str(ngettext("%(name)s (%(num)s of them)", "%(name)s (%(num)s of them)", seer.tips, name=seer.name))
