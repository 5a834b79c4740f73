"""A server that does as little as possible: canned replies, streams made ahead, each held at a gate until its reader is ready.

RULE: knows `wire` and the standard library only; nothing here may become the bottleneck of what is measured.
"""
