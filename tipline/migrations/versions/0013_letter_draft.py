"""letter draft

What a reporter has begun to write to many readers at once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "letter_draft",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.String(40), nullable=False),
        sa.Column("tips", sa.JSON(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "submission", name="pk_letter_draft"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_letter_draft_account_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("letter_draft")
