"""The public corpus, at the levels that the parser has reached: it may rise, not fall."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
REACHED = [
    "from_address=100",
    "from_name=100",
    "subject=99",
    "message_id=100",
    "body_text=96",
    "visible_reply=89.5",
    "attachments=97",
    "attachment_size=92",
    "attachment_type=100",
    "is_auto_reply=100",
    "is_bounce=100",
]


@pytest.mark.skipif(
    not (CORPUS / "score.py").exists(),
    reason="the mail corpus is not part of this repository: ../shared/corpus is absent",
)
def test_the_corpus_is_read_as_well_as_before() -> None:
    command = [sys.executable, str(CORPUS / "score.py"), "tipline.mail.parse:describe", "--own", "--min", *REACHED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "crashes 0, hangs 0" in done.stdout
