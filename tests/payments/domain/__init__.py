"""The pure core of payments."""
