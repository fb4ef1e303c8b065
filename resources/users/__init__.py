"""Users of the site."""
