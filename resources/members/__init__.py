"""Memberships and rosters."""
