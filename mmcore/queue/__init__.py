"""How messages wait: content, the way into queues, batches, and wake-up."""
