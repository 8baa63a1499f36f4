"""Random kills of the real processes over a real mailbox; see __main__."""
