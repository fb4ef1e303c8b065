"""What the plugin adds to the engine and to the API."""
