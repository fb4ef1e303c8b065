"""Preferences of members, addresses and users."""
