"""The client for everything that is not asyncio: scripts, notebooks, threads.

RULE: the async client does all the work, on one background event loop of the process. By hand is only the bridge to it: the
loop (`loop`) and who needs it (`leases`), what threads sleep on (`bell`), plain calls (`bridge`, `call`), answers (`pump`,
`reading`). The typed shells `client` and `answer` are made of the async classes by ``_tools.syncgen``. Sees the core. A thread
that is not the loop's touches what lives there through `LoopThread.post` only.
"""
