"""What would become of a message for a list."""
