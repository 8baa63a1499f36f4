"""What is counted in the transaction that changes it, since counting a million takes too long."""
