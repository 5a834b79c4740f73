"""The wire itself: HTTP by aiohttp, WebSockets by websockets or picows.

RULE: the client's only room that opens sockets; one library a file, every one of its errors mapped to ours at this edge. Sees
layers 0 and 1. The session above sees `base` only, never a library.
"""
