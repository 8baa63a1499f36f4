"""tipline: the tips desk of a newsroom."""
