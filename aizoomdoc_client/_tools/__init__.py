"""Generators of parts of this package.

RULE: developers run them as ``python -m aizoomdoc_client._tools.…``, and tests check that their output is up to date. May import
nothing of this package: they read the source as text, so that they work while it cannot be imported. Never imported at run time.
"""
