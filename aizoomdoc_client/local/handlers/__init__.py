"""The endpoints: a module for each group of them, with its `ROUTES`.

Contract: HTTP in, HTTP out. A handler reads the request with `request_data`, has the work done by modules outside of this
package, and answers with `http_responses`; no SQL, no search. A request that cannot be served raises `RequestError`.
"""
