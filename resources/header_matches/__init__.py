"""Header matches of lists."""
