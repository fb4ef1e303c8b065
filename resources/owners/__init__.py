"""Owners of the server."""
