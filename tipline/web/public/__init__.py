"""What readers see. Nothing here knows of the desk."""
