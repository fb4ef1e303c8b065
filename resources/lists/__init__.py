"""Mailing lists, their settings and rosters."""
