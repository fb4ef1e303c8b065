"""E-mail addresses of the site."""
