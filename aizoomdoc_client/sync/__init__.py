"""The sync client, for scripts, notebooks and threads.

The async client does all the work, on one background event loop that the sync clients of a process share. What lives here is how
threads use that loop: the loop and its thread (`loop`), how long it runs (`loop_refcount`), single calls (`bridge`, `call`) and
the events of answers (`pump`, `answer_reader`). `client` and `answer_stream` are generated from the async classes by
``_tools.syncgen``. May import the async client and all below it. Never touches an object of the loop from another thread, except
by `LoopThread.post` and as `pump` describes.
"""
