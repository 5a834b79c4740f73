"""Files as all layers need them: locks between processes, files that only their owner can read, names from strangers.

RULE: blocking calls and plain functions without state of their own; imports `catalog` and `exceptions` only. Nothing heavy is
loaded before it is used.
"""
