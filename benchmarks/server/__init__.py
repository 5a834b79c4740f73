"""A server that does as little as possible: canned responses, and prepared streams that wait until their reader is ready.

Contract: imports `wire` and the standard library only. What takes time here would be measured as if it were the contender's.
"""
