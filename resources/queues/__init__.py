"""Queues, their entries, and marks of the intake."""
