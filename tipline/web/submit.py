"""One post of a callout's form, from its first word to its last file.

The words are committed as soon as they are complete and valid, each file after that in a commit of its own, so that
neither a cut upload nor a full disk costs the words. What is not valid waits, files included, as a sealed draft.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sqlalchemy.exc import OperationalError

from tipline.core import drafts, intake, submissions
from tipline.core.arrival import Attachment
from tipline.core.callouts import CalloutView
from tipline.core.drafts import KeptFile
from tipline.core.intake import Filed
from tipline.core.submissions import Submission
from tipline.db import now
from tipline.errors import Refused
from tipline.models import QuestionKind
from tipline.web.forms.submission import SubmissionForm, form_for
from tipline.web.guards import read, write
from tipline.web.uploads import MB, Posted


class NoRoom(Exception):
    """The database or the disk can't take anything now. What was typed is in the post and goes back to its reader."""


@dataclass
class Sending:
    """A post, and how far it came. `form` carries what is wrong, `kept` the files that wait, `missed` counts those
    that did not come through."""

    view: CalloutView
    submission: Submission
    posted: Posted
    files_mb: int
    kept: list[KeptFile] = field(default_factory=list)
    missed: int = 0

    def __post_init__(self) -> None:
        self.form: SubmissionForm = form_for(self.view, self.submission, self.posted.fields)
        self._waits = False  # whether there is a draft

    def send(self) -> Filed | None:
        """File the post; None where the form does not pass, and then all of it waits."""
        try:
            self._look()
            filed = self._file() if self.posted.marked and self._passes() and not self.form.says_nothing() else None
            if filed is None:
                self._keep_words()
            else:
                self._move_kept(filed)
            for upload in self.posted.files():
                self._take(filed, upload.field, upload.attachment)
            self.missed += self.posted.missed
            if filed is None and self._passes():
                filed = self._file()
                self._move_kept(filed)
            if filed is not None:
                self._forget()
        except (OperationalError, Refused):  # locked for long, or the disk is full: the class says enough
            raise NoRoom from None
        return filed

    def keep(self, *, without: int = 0) -> None:
        """Let the post wait as it stands, for another language or without a file that was taken away."""
        try:
            self._look()
            self._keep_words(without)
            for upload in self.posted.files():
                self._take(None, upload.field, upload.attachment)
        except (OperationalError, Refused):
            raise NoRoom from None
        self.missed += self.posted.missed

    def drop_files(self) -> None:
        """Read past the files of a post that is not taken now, and count them."""
        self.missed += sum(1 for _ in self.posted.files()) + self.posted.missed

    def _look(self) -> None:
        kept = drafts.take(read(), self.submission.id)
        self.kept, self._waits = list(kept.files) if kept else [], kept is not None

    def _passes(self) -> bool:
        if self.posted.words_too_large or (self.posted.cut and not self.posted.marked):
            return False
        counts = Counter(file.question_id for file in self.kept)
        self.form = form_for(self.view, self.submission, self.posted.fields, counts)
        return bool(self.form.validate())

    def _file(self) -> Filed:
        arrival = self.form.arrival(now())
        if self.form.says_nothing():
            # Two people at one computer who send nothing but files must not get each other's receipt.
            arrival = replace(arrival, submission_id=f"{self.submission.id}-{self._mark_of_files()}")
        with write() as session:
            filed = intake.receive(session, arrival)
            session.commit()
        return filed

    def _mark_of_files(self) -> str:
        mark = hashlib.blake2b(digest_size=8)
        for file in self.kept:
            mark.update(hashlib.blake2b(drafts.attachment(read(), self.submission.id, file.id).content).digest())
        return mark.hexdigest()

    def _keep_words(self, without: int = 0) -> None:
        with write() as session:
            drafts.keep(session, self.submission.id, self.view.id, self.posted.fields.to_dict(flat=False))
            if without:
                drafts.drop_file(session, self.submission.id, without)
            session.commit()
        self.kept, self._waits = [file for file in self.kept if file.id != without], True

    def _take(self, filed: Filed | None, name: str, attachment: Attachment) -> None:
        """One file from the line: to the tip that has its words already, else to the draft."""
        if filed is not None:
            self._attach(filed, attachment)
            return
        question_id = self._question_of(name)
        if question_id is None or sum(file.size for file in self.kept) + len(attachment.content) > self.files_mb * MB:
            self.missed += 1
            return
        with write() as session:
            self.kept.append(drafts.add_file(session, self.submission.id, question_id, attachment))
            session.commit()

    def _question_of(self, name: str) -> int | None:
        asked = {f"q{q.id}": q.id for q in self.view.questions if q.kind is QuestionKind.FILE}
        return asked.get(name)

    def _attach(self, filed: Filed, attachment: Attachment) -> None:
        try:
            with write() as session:
                submissions.attach(session, filed, attachment)
                session.commit()
        except (OperationalError, Refused):  # the words are safe; the receipt says that a file is missing
            self.missed += 1

    def _move_kept(self, filed: Filed) -> None:
        for file in self.kept:
            self._attach(filed, drafts.attachment(read(), self.submission.id, file.id))

    def _forget(self) -> None:
        if not self._waits:
            return
        with write() as session:
            drafts.forget(session, self.submission.id)
            session.commit()


def by_question(files: Iterable[KeptFile]) -> dict[int, list[KeptFile]]:
    """The waiting files under the questions that they answer."""
    grouped: dict[int, list[KeptFile]] = {}
    for file in files:
        grouped.setdefault(file.question_id, []).append(file)
    return grouped
