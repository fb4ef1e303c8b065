"""Where the site, a domain or a list fetches the texts of its notices."""
