"""One file a process: what it takes, what it calls, where it leaves it."""
