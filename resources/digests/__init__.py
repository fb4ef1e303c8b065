"""Digests: what lists collect for those who want many posts in one message."""
