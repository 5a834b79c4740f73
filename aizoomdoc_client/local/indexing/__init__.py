"""Documents read, indexed and searched.

Contract: `DocumentIndex` is all that the rest of the server uses; it knows nothing of HTTP, chats or users.
"""
