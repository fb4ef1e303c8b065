"""What tests of parts that come from elsewhere can inherit.  Needs pytest; nothing else does."""
