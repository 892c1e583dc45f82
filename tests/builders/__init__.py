"""Builders: one module per noun; each makes a plausible whole, and a test names only what it is about."""
