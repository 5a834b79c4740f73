"""What the server stores in its database.

Contract: plain functions that take a `sqlite3.Connection` first and run inside the caller's transaction, in the database's
thread; no asyncio, no HTTP. They return models of `aizoomdoc_client.models` or classes of their own, and raise `RequestError` for
what is not there or not the user's.
"""
