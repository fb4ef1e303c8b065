"""Which archivers a list uses."""
