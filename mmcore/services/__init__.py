"""What the list manager does: one area of verbs a module."""
