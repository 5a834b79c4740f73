"""What the server keeps: one noun a file.

RULE: plain functions that take a `sqlite3.Connection` first and run inside the caller's transaction, in the database's thread;
no asyncio, no HTTP, no clock but `moments`. They return the models of `aizoomdoc_client.models` or values of their own.
"""
