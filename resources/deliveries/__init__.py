"""The delivery ledger."""
