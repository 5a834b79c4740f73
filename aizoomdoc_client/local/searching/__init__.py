"""Finding the passages that a question is about.

Contract: text and numbers in, passages out; only `fts_index` and `vector_index` have SQL, inside the caller's transaction; no
asyncio, no HTTP.

`search_terms` turns text into terms, by way of `written_forms` and `word_forms`. `passages` splits documents: `headings`,
`table_rows`, `contents_lines` and `running_lines` tell what a line is, `open_table` what is repeated above the rows of a table.
`fts_index` stores passages and terms in SQLite FTS5, `ranking` and `proximity` choose among what it finds. `vector_index` finds
passages by meaning, `rank_fusion` puts both lists together, and `quoting` says how much of a passage is quoted.
"""
