"""Posts that wait for a moderator."""
