"""Documents read, indexed and searched.

Contract: `DocumentIndex` is all that the rest of the server uses; it knows nothing of HTTP, chats or users.

`reader_pool` takes documents from `reading_schedule` and has them read by processes: `reader_process` is one as the server sees
it, `reader_worker` what runs in it, `reader_messages` what both say, `reader_limits` what a document may take.
`reading_records` and `reading_marks` keep what was read and what broke a reader. `vector_search` adds the search by meaning.
"""
