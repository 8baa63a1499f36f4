"""What stands with a tip whoever looks: what it began with, what it was merged into, when it asks for attention."""
