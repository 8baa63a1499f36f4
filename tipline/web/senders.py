"""From which of the newsroom's addresses a reply goes out."""

from sqlmodel import Session

from tipline.core.callouts import mail_claims
from tipline.core.outgoing_mail import Sender
from tipline.core.tips import source_mailbox
from tipline.models import Callout, Tip
from tipline.web.place import settings


def of_tip(session: Session, tip: Tip) -> Sender:
    """The callout's own address, else that of the mailbox the reader wrote to, else any of ours.

    An alias may not take name+token@, and there the Message-ID alone threads.
    """
    ours = settings()
    callout = session.get_one(Callout, tip.callout_id)
    through = ours.mailbox.get(source_mailbox.name(session, tip.id or 0))
    address = callout.mail_address or (through.address if through else "") or ours.sending_address
    plus = mail_claims.takes_plus(address, ours.plus_addresses)
    return Sender(ours.newsroom.name, address, plus, ours.smtp.reporter_names)
