"""Bounce events."""
