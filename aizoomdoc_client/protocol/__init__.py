"""What the wire means: bytes and numbers in, meaning out.

Contract: no I/O, no clock, no randomness, no asyncio. Time and random numbers are arguments; nothing here opens, waits or logs.
May import layer 0 and pure parsers (msgspec, cattrs); never a transport, a session, or anything above.
"""
