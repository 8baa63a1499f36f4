"""From which of the newsroom's addresses a reply goes out."""

from sqlmodel import Session

from tipline.core import sheet
from tipline.core.letters import Sender
from tipline.models import Tip
from tipline.web.place import settings


def of_tip(session: Session, tip: Tip) -> Sender:
    """The callout's own address, else that of the mailbox the reader wrote to, else any of ours.

    Only an address that a mailbox names takes name+token@; an alias may not, and there the Message-ID alone threads.
    """
    ours = settings()
    callout, mailbox = sheet.doors(session, tip)
    through = ours.mailbox.get(mailbox)
    offered = [
        callout,
        through.address if through else "",
        *(box.address for box in ours.mailbox.values()),
        ours.smtp.from_address,
    ]
    address = next((a for a in offered if a), "")
    plus = any(box.address == address and box.plus_addresses for box in ours.mailbox.values())
    return Sender(ours.newsroom.name, address, plus, ours.smtp.reporter_names)
