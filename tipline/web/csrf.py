"""The token against forged requests: one a browser session, in every form of the desk, checked for each POST by guards.

`BaseForm` carries it as a field, plain buttons by `csrf_field()`, htmx by the header that desk/base.html sets for the
whole page. It lives as long as the session: a page that lay open over lunch must still save.
"""

import hmac
import secrets

from flask import request, session

from tipline.vocabularies import N_

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
STALE = N_("You opened this page before you signed in. Go back, reload it and try again.")


def token() -> str:
    """The token of this browser's session, which is made at first use."""
    if FIELD not in session:
        session[FIELD] = secrets.token_urlsafe(24)
    return str(session[FIELD])


def is_good() -> bool:
    """Whether this request carries it, as field or header."""
    sent = request.headers.get(HEADER) or request.form.get(FIELD, "")
    return hmac.compare_digest(token().encode(), sent.encode())
