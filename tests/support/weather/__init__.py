"""A tiny plugin, as a site would have it."""
