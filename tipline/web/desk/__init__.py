"""What a signed-in person sees, but for callouts and numbers, which have folders of their own."""
