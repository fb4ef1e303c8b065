"""Mail domains."""
