"""Tokens that wait for an answer."""
