"""words inside files

Documents of search now tell which words stand inside files alone. The worker makes those of tips with files anew;
until then whoever may not open files does not find these tips.
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("UPDATE tip SET tokens_version = 1 WHERE tokens_version > 1 AND id IN (SELECT tip_id FROM stored_file)")


def downgrade() -> None:
    """Older versions find the same in these documents."""
