"""Tips that belong together without being one."""
