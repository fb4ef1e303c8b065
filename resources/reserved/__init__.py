"""What test suites of other engines ask for."""
