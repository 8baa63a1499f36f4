"""What is kept how long, and what leaves for good."""
