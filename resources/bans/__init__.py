"""Bans of the site and of lists."""
