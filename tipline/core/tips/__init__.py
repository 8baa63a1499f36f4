"""What stands with a tip whoever looks: what it began with, what it was joined to, when it asks for attention."""
