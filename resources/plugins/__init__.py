"""Plugins of the site, and their own REST resources."""
