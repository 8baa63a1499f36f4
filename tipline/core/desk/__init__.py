"""What stands around the lists: the rail, the palette, what others did, the numbers."""
