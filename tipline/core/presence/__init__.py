"""Several people at the same tips: who is there, what they did meanwhile, what each has read."""
