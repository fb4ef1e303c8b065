"""What API 3.0 has under `templates`: URLs that lead nowhere."""
