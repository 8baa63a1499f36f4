"""One post of a callout's form, from its first word to its last file.

The words are committed as soon as they are complete and valid, each file after that in a commit of its own, so that
neither a cut upload nor a full disk costs the words. What is not valid waits, files included, as a sealed draft.
What the database can't take now goes to the spool, and so do the words while many write at once (form_load.py).
form_states.py has the states that a post goes through.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from tipline.core import intake
from tipline.core.arrival import Arrival, Attached, Sign
from tipline.core.callouts import CalloutView
from tipline.core.intake import drafts, form_keys
from tipline.core.intake.drafts import KeptFile
from tipline.core.intake.submissions import Submission
from tipline.db import OUT_OF_REACH, now
from tipline.errors import NotVisible, Refused, SealBroken
from tipline.models import QuestionKind
from tipline.sealing.chunks import digest
from tipline.web.forms import steps
from tipline.web.forms.submission import SubmissionForm, form_for, number_in
from tipline.web.guards import read, write
from tipline.web.public import filing, ttl_cache
from tipline.web.public.filing import NoRoom, SafeWords
from tipline.web.public.form_load import crowd
from tipline.web.public.form_states import HeldFile, PostState, Stage
from tipline.web.uploads import MB, Posted

TURN = "turn"  # counts the posts of a form with several steps: the later one knows better
KEPT = "kept"  # says that the page showed files which wait in the draft
NOTED = "noted"  # when the browser sent this, by its own clock: an older note never replaces newer words
LEFT = "left"  # the only field of a draft whose reader left in haste


@dataclass
class FormPost:
    """A post of a form's page. `form` carries what is wrong; `signed` says whether we made the page.

    A database that takes nothing in within `web.database_waits` does not stop it: words and files then go to the spool.
    """

    view: CalloutView
    submission: Submission
    posted: Posted
    files_mb: int
    signed: bool = True
    more: bool = False  # whether an answer led to questions that were not on the page

    def __post_init__(self) -> None:
        self.form: SubmissionForm = form_for(self.view, self.submission, self.posted.fields)
        self._state = PostState()
        self._many = False  # whether its network sends more than people do
        self._crowded = False  # whether it came among many
        self._draft_stays = False  # there are files in it still, or it can't be removed now
        self._missed = 0  # files that came and could not be kept
        self._left_out: list[str] = []
        self._digests: dict[int, bytes] = {}  # of waiting files, by their ids

    def send(self, *, many: bool) -> str | None:
        """File the post; its receipt's key, or None where the form does not pass, and then all of it waits. `many` says
        whether its network sends more than people do."""
        self._many = many
        if not self.signed:  # not our page, or another key: nothing tells a second press from the first
            self.keep()
            return None
        try:
            with crowd().joined() as self._crowded:
                if not self._went_to_spool():
                    self._look()
                    if self._can_go():
                        self._file()
                    else:
                        self._keep_or_hold()
            for upload in self.posted.files():
                self._take(upload.field, upload.attachment)
            if self._state.words is None and self._passes():
                self._file()
        except (*OUT_OF_REACH, Refused, OSError):  # nothing takes it in: the class says enough
            self.drop_files()
            raise NoRoom from None
        return self._end()

    def _end(self) -> str | None:
        """What the way of a post that was sent leads to."""
        if self._state.stage is Stage.HELD:
            raise NoRoom
        if self._state.stage is Stage.SPOOLED:
            ttl_cache.sent().put(self.submission.id, number_in(self.posted.fields, NOTED))
        self._forget()
        return self.key

    def _went_to_spool(self) -> bool:
        """Whether words that came among many are safe in the spool, and nothing was asked of the database."""
        words = self._spooled(self._arrival()) if self._crowded and self._stands_alone and self._passes() else None
        if words is not None:
            self._state = self._state.safe(words)
        return words is not None

    def _can_go(self) -> bool:
        """Whether the words can be made safe before a file came: they pass, and they tell this post from others'."""
        if self.form.says_nothing():  # another press may move the files meanwhile, and has the same receipt
            self._digests = {file.id: self._digest_of(file) for file in self.kept}
        return self.posted.marked and self._passes() and not self.form.says_nothing()

    def _arrival(self) -> Arrival:
        arrival = self.form.arrival(now())
        return replace(arrival, signs=(*arrival.signs, Sign.MANY)) if self._many else arrival

    @property
    def _stands_alone(self) -> bool:
        """Whether nothing that waits in the draft can change what is filed. Files that came before this page was made
        come along when the worker files it."""
        one_page = len(self.form.every_step) == 1 and KEPT not in self.posted.fields
        return one_page and self.posted.marked and not self.form.says_nothing()

    def keep(self, *, without: int = 0) -> None:
        """Let the post wait as it stands, for another language or without a file that was taken away."""
        try:
            self._look()
            self._keep_words(without)
            for upload in self.posted.files():
                self._take(upload.field, upload.attachment)
        except (*OUT_OF_REACH, Refused, OSError):
            self.drop_files()
            raise NoRoom from None

    def note(self) -> None:
        """Keep the words while they are typed. Dropped where newer words wait, where the form was sent (also to the
        spool), and where its reader left: a note may arrive behind what ended it."""
        kept = drafts.take(read(), self.submission.id)
        if number_in(self.posted.fields, NOTED) <= ttl_cache.sent().get(self.submission.id, -1):
            return
        if kept is None and (self.submission.tip_id or form_keys.was_filed(read(), self.submission.id)):
            return
        if kept is not None and (LEFT in kept.fields or self._is_older_than(kept.fields)):
            return
        self._look()
        self._keep_words()

    def _is_older_than(self, waiting: Mapping[str, list[str]]) -> bool:
        return number_in(MultiDict(waiting), NOTED) > number_in(self.posted.fields, NOTED)

    def go_on(self, *, back: bool = False) -> bool:
        """Turn to the next step, or the one before; whether we got there. Whatever is typed waits, right or wrong.

        Words alone go on although the database takes nothing in: the page carries them.
        """
        try:
            self.keep()
        except NoRoom:
            if self.missed:
                raise
        here = self.form.step.number
        if back:
            before = [step for step in self.form.steps if step.number < here]
            self.form.turn_to(before[-1].number if before else 1)
            return True
        if self._incomplete or self._unseen(here):
            return False
        self._count_files()
        if not self.form.passes(self.form.step):
            return False
        self.form.turn_to(here + 1)
        return True

    @property
    def missed(self) -> int:
        """How many files did not come through."""
        return self._missed + self.posted.missed

    @property
    def left_out(self) -> list[str]:
        """The names of files that did not come through, as far as they are known."""
        return [*self._left_out, *self.posted.left_out]

    @property
    def key(self) -> str | None:
        """What its receipt is made from, once its words are safe."""
        return self._state.words.key if self._state.words else None

    @property
    def kept(self) -> Sequence[KeptFile]:
        """The files that wait in the draft."""
        return self._state.draft or ()

    @property
    def waits(self) -> bool:
        """Whether what was typed can be had again by its address."""
        return self._state.draft is not None

    def leave(self, *, may_begin: bool = True) -> None:
        """The reader left in haste: what was typed is shown to nobody any more, nor kept when a note of it comes late.
        Files wait, sealed, for their day. `may_begin` says whether a row may be made where nothing was kept yet."""
        kept = drafts.take(read(), self.submission.id)
        if may_begin if kept is None else LEFT not in kept.fields:
            with write() as session:
                drafts.keep(session, self.submission.id, self.view.id, {LEFT: ["1"]})
                session.commit()

    def hold(self) -> None:
        """Not now: the words go back in the page, files wait. Nothing is written where there are none."""
        try:
            self._look()
            for upload in self.posted.files():
                if not self.waits:
                    self._keep_words()
                self._take(upload.field, upload.attachment)
        except (*OUT_OF_REACH, Refused, OSError):
            self.drop_files()
            raise NoRoom from None

    def story(self) -> bytes:
        """All that was typed: equal for equal posts."""
        names = self.form.names
        return repr(sorted(pair for pair in self.posted.fields.items(multi=True) if pair[0] in names)).encode()

    def drop_files(self) -> None:
        """Read past the files of a post that is not taken now, and count them."""
        self.posted.drop_files()

    def _look(self) -> None:
        try:
            kept = drafts.take(read(), self.submission.id)
        except OUT_OF_REACH:  # whoever files the spool looks for them again
            kept = None
        self._state = PostState(tuple(kept.files) if kept else None)
        if len(self.form.every_step) > 1:
            self._join(kept.fields if kept else {})

    def _join(self, draft: Mapping[str, list[str]]) -> None:
        """The answers of the other steps: those of the draft, where this page was made before it (the Back button)."""
        fields, before = self.posted.fields, number_in(MultiDict(draft), TURN)
        if before > number_in(fields, TURN):
            here = self.form.names_of(steps.at(self.form.every_step, number_in(fields, "step")))
            for name in self.form.names - here:
                fields.setlist(name, draft.get(name, ()))
            if self.form.rules:
                fields["shown"] = ".".join([fields.get("shown", ""), *draft.get("shown", ())])
        fields[TURN] = str(max(before, number_in(fields, TURN)) + 1)
        self.form = form_for(self.view, self.submission, fields)

    @property
    def _incomplete(self) -> bool:
        return self.posted.words_too_large or (self.posted.cut and not self.posted.marked)

    def _unseen(self, until: int) -> bool:
        """Turn to the first step, up to this one, with a question that its reader never saw: it is not demanded so."""
        found = next((step for step in self.form.unseen() if step.number <= until), None)
        if found is not None:
            self.form.turn_to(found.number)
            self.more = True
        return found is not None

    def _passes(self) -> bool:
        if self._incomplete or self._unseen(self.form.steps[-1].number):
            return False
        self._count_files()
        return bool(self.form.validate())

    def _count_files(self) -> None:
        self.form.count_files(Counter(self._state.questions))

    def _file(self) -> None:
        """Make the words safe, and then the files that came before them."""
        arrival = self._arrival()
        if self.form.says_nothing():
            # Two people at one computer who send nothing but files must not get each other's receipt.
            arrival = replace(arrival, submission_id=f"{self.submission.id}-{self._mark_of_files()}")
        words = self._spooled(arrival) if self._crowded else None
        if words is None:
            words = filing.file_words(arrival, intake.receive)
            self._draft_stays = words.filed is None
        self._state = self._state.safe(words)
        self._move_kept()

    def _spooled(self, arrival: Arrival) -> SafeWords | None:
        """The words in the spool; None where the database is asked, which may have room of its own."""
        if arrival.tip_id is not None:  # whether that tip is still there is said at once
            return None
        try:
            return filing.spool_words(arrival)
        except (Refused, OSError):
            return None

    def _mark_of_files(self) -> str:
        mark = hashlib.blake2b(digest_size=8)
        for file in self.kept:
            mark.update(self._digests.get(file.id) or self._digest_of(file))
        for held in self._state.held or ():
            mark.update(digest(held.attached.data))
        return mark.hexdigest()

    def _digest_of(self, file: KeptFile) -> bytes:
        return digest(drafts.attachment(read(), self.submission.id, file.id).data)

    def _keep_or_hold(self) -> None:
        try:
            self._keep_words()
        except OUT_OF_REACH:
            self._state = self._state.holding()

    def _keep_words(self, without: int = 0) -> None:
        with write() as session:
            drafts.keep(session, self.submission.id, self.view.id, self.posted.fields.to_dict(flat=False))
            if without:
                drafts.drop_file(session, self.submission.id, without)
            session.commit()
        self._state = self._state.without(without)

    def _take(self, name: str, attached: Attached) -> None:
        """One file from the line: to the words where they are safe already, else to the draft."""
        question_id = self._question_of(name)
        if self._state.words is not None:
            if question_id not in self._dropped:
                self._attach(attached)
        elif question_id is None or self._state.size + attached.data.size > self.files_mb * MB:
            self._miss(attached.name)
        elif self._state.stage is Stage.HELD:
            self._state = self._state.holding(HeldFile(question_id, attached))
        else:
            self._keep_file(question_id, attached)

    def _keep_file(self, question_id: int, attached: Attached) -> None:
        try:
            try:
                file = self._add_file(question_id, attached)
            except NotVisible:  # another press was filed meanwhile, and took the draft along
                self._keep_words()
                file = self._add_file(question_id, attached)
        except OUT_OF_REACH:
            self._state = self._state.holding(HeldFile(question_id, attached))
        else:
            self._state = self._state.keeping(file)

    def _add_file(self, question_id: int, attached: Attached) -> KeptFile:
        with write() as session:
            file = drafts.add_file(session, self.submission.id, question_id, attached)
            session.commit()
        return file

    def _question_of(self, name: str) -> int | None:
        asked = {f"q{q.id}": q.id for q in self.view.questions if q.kind is QuestionKind.FILE}
        return asked.get(name)

    @property
    def _dropped(self) -> set[int]:
        """The questions that are not asked any more: their files are not filed."""
        return {question.id for question in self.view.questions} - {question.id for question in self.form.asked}

    def _attach(self, attached: Attached) -> None:
        """A file to its words, which are safe: what goes wrong here costs the file alone, and the receipt says so."""
        assert self._state.words is not None
        before = self._state.stage
        words, is_safe = self._state.words.attach(attached)
        self._state = self._state.safe(words)
        if not is_safe:
            self._miss(attached.name)
        if self._state.stage is not before:
            self._draft_stays = True

    def _miss(self, name: str) -> None:
        self._missed += 1
        self._left_out.append(name)

    def _move_kept(self) -> None:
        dropped = self._dropped
        for file in self.kept:
            if file.question_id in dropped:
                continue
            try:
                waiting = drafts.attachment(read(), self.submission.id, file.id)
            except NotVisible:  # another press of this form moved it, or took it away
                continue
            except (*OUT_OF_REACH, SealBroken, OSError):
                if self._state.stage is Stage.SPOOLED:
                    self._draft_stays = True  # the worker takes it from there
                else:
                    self._miss(file.name)
                continue
            self._attach(waiting)
        for held in self._state.held or ():
            if held.question_id not in dropped:
                self._attach(held.attached)

    def _forget(self) -> None:
        if self._state.words is None or not self.waits or self._draft_stays:  # for its day, or until it is filed
            return
        try:
            with write() as session:
                drafts.forget(session, self.submission.id)
                session.commit()
        except OUT_OF_REACH:
            return
