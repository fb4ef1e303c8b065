"""Texts of notices, one folder a language; a package so that they are found when installed."""
