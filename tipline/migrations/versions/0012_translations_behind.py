"""translations behind

Which translations of a callout say what their source said before, until an editor looks at them.
"""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("ALTER TABLE callout ADD COLUMN behind json DEFAULT '[]' NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE callout DROP COLUMN behind")
