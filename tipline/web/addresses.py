"""The address of a form that is half filled in: Continue leads there, and Back and reload find what was typed.

It carries no answer, only a signed name of the draft, and opens for an hour: browsers keep addresses.
"""

from itsdangerous import BadSignature, URLSafeTimedSerializer

from tipline.core import submissions
from tipline.core.submissions import Submission
from tipline.web.place import place

SECONDS = 60 * 60


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(place().database.master.signing_secret("form-page"), salt="form")


def token(submission: Submission) -> str:
    """What the address of a submission's form carries."""
    return str(_signer().dumps(submissions.sign(place().database.master, submission)))


def opened(token: str, callout_id: int) -> Submission | None:
    """The submission of a token of this callout; None where it is forged, or its hour is over."""
    try:
        signed = _signer().loads(token, max_age=SECONDS)
    except BadSignature:
        return None
    return submissions.read(place().database.master, str(signed), callout_id)
