"""where published

The article in which a chosen answer stands, too, and the words of its reader's identity that an editor confirmed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("publication", sa.Column("article", sa.String(500), nullable=False, server_default=""))
    op.add_column("publication", sa.Column("kept", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("publication", "kept")
    op.drop_column("publication", "article")
