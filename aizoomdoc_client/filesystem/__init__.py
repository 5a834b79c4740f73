"""File operations for all layers: locks between processes, private files, replaced files, cleaning of untrusted names.

What lives here: blocking functions without global state. May import `catalog` and `exceptions` only. Never imports filelock
before a file is locked.
"""
