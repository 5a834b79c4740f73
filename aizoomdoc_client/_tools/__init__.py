"""Generators of parts of this package.

What lives here: modules that developers run as ``python -m aizoomdoc_client._tools.…``, and whose output tests check to be up to
date. May import nothing of this package: they read the source as text, so that they work while it cannot be imported. Never
imported at run time.
"""
