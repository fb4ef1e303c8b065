"""`/system`: about the engine itself; nothing persistent."""
