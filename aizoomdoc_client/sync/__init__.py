"""The client for everything that is not asyncio: scripts, notebooks, threads.

RULE: the async client does all the work, on one background event loop of the process; here is only the bridge to it, by hand
(`loop`, `bell`, `bridge`, `pump`, `reading`), and the typed shells that `_tools.syncgen` makes of the async classes (`client`,
`answer`). Sees the core. Nothing that lives in a thread of the caller touches the loop but by ``call_soon_threadsafe``.
"""
