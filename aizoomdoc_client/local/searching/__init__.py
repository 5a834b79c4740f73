"""Finding the passages that a question is about.

Contract: text and numbers in, passages out; only `fts_index` has SQL, inside the caller's transaction; no asyncio, no HTTP.

`search_terms` turns text into terms, `passages` splits documents, `fts_index` stores both in SQLite FTS5, `ranking` chooses
among what it finds, and `quoting` says how much of it is quoted.
"""
