"""What makes parts of this package.

RULE: run by developers as ``python -m aizoomdoc_client._tools.…`` and by tests; never imported at run time. Imports nothing of
this package: it reads the source as text, so that it works on a tree that cannot be imported yet.
"""
