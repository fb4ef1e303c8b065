"""Who got automatic answers, and when."""
