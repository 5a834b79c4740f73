"""Network I/O: HTTP by aiohttp, WebSockets by websockets or picows.

What lives here: all code of the client that opens sockets, one library per module. Each error of a library is mapped to one of
`exceptions` here. May import layers 0 and 1. The session imports `base` only, never a library.
"""
