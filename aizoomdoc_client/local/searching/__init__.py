"""Finding the passages that a question is about.

RULE: text and numbers in, passages out; `index` alone speaks SQL, inside the caller's transaction; no asyncio, no HTTP.

`words` turns text into search terms, `passages` cuts documents into quotable pieces, `index` keeps both in SQLite FTS5,
`ranking` chooses among what it finds.
"""
