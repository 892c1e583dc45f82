"""The servers of this machine, and services as processes."""
