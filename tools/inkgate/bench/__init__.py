"""`inkgate bench`: signed webhooks through all four services in a closed loop, and what that costs (docs/benchmarks.md)."""
