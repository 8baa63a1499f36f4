"""Words of any script: read, folded, cut into tokens, guessed at, and as people write them."""
