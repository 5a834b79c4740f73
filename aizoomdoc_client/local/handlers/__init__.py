"""The endpoints: a module for each group of them, with its `ROUTES`.

Contract: HTTP in, HTTP out. A handler reads the request with `request_data`, calls modules outside of this package, and
responds with `http_responses`; it has no SQL and no search. A request that cannot be served raises `RequestError`.
"""
