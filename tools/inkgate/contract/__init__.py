"""Who reads what of the events, what breaks whom, and what a release promised (docs/contracts.md)."""
