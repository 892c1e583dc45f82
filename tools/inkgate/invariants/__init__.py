"""What must hold, whatever crashed (PROTOCOL §7): one module a rule, each a pure function over a snapshot.

`load` reads the snapshot (databases, topics, the sandbox's log), `quiet` waits until nothing is under way, `report` runs
the rules. `inkgate check`, the demo's script, the bench and the tests all come in by `report.examine`.
"""
