"""sign in tries

What slows those who guess passwords, kept across a restart.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "sign_in_try",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('wrong', 'first', 'again')", name=op.f("ck_sign_in_try_kind")),
        sa.PrimaryKeyConstraint("key", "kind", name=op.f("pk_sign_in_try")),
    )
    op.create_index(op.f("ix_sign_in_try_at"), "sign_in_try", ["at"])


def downgrade() -> None:
    op.drop_table("sign_in_try")
