"""Topics of a list, and what its members have chosen of them."""
