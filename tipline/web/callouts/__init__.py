"""The editors' side of callouts."""
