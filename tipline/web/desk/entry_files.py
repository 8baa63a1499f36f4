"""Files of a tip that is being entered: where the form does not pass they wait, sealed, until it does or for a day, as
readers' files do, so that a recording is not sent twice.
"""

import secrets
from dataclasses import dataclass

from flask import request

from tipline.core.intake import Filed, drafts, submissions
from tipline.core.intake.drafts import KeptFile
from tipline.db import OUT_OF_REACH
from tipline.errors import NotVisible, Refused, SealBroken
from tipline.web import uploads
from tipline.web.desk import attachments
from tipline.web.guards import current_actor, read, write
from tipline.web.place import place, settings
from tipline.web.uploads import MB

NOWHERE = 0  # a draft's file stands under a question; here there is none


@dataclass(frozen=True, slots=True)
class WaitingFiles:
    """The files that wait for one page of the form, which carries `batch`; they are its reporter's alone."""

    batch: str

    @classmethod
    def of_request(cls) -> "WaitingFiles":
        return cls(request.form.get("batch") or secrets.token_urlsafe(16))

    @property
    def submission_id(self) -> str:
        """One for each time that the page is opened, and for each reporter: the tip's, and the draft's of its files."""
        return place().database.master.mac("entering", f"{current_actor().account_id}:{self.batch}").hex()

    @property
    def files(self) -> list[KeptFile]:
        kept = drafts.take(read(), self.submission_id)
        return kept.files if kept else []

    def keep(self, callout_id: int, without: int = 0) -> None:
        """Let what came along wait, without one that is taken out again; a notice names what is left out."""
        posted, left_out = uploads.of_request(), []
        room = settings().limits.files_mb * MB - sum(file.size for file in self.files)
        if posted.taken or without:
            with write() as session:
                if drafts.take(session, self.submission_id) is None:
                    drafts.keep(session, self.submission_id, callout_id, {})
                drafts.drop_file(session, self.submission_id, without)
                session.commit()
        for upload in posted.taken:
            size = upload.attachment.data.size
            try:
                if size > room:
                    raise Refused
                with write() as session:
                    drafts.add_file(session, self.submission_id, NOWHERE, upload.attachment)
                    session.commit()
                room -= size
            except (*OUT_OF_REACH, Refused, OSError):
                left_out.append(upload.attachment.name)
        attachments.say([*left_out, *posted.left_out])

    def attach(self, filed: Filed) -> None:
        """The tip is filed: so are the files that waited, and those that came now."""
        left_out = []
        for file in self.files:
            try:
                with write() as session:
                    submissions.attach(session, filed, drafts.attachment(session, self.submission_id, file.id))
                    drafts.drop_file(session, self.submission_id, file.id)
                    session.commit()
            except (*OUT_OF_REACH, NotVisible, Refused, SealBroken, OSError):
                left_out.append(file.name)
        if not left_out:
            with write() as session:
                drafts.forget(session, self.submission_id)
                session.commit()
        attachments.attach(lambda session, attached: submissions.attach(session, filed, attached), left_out)
