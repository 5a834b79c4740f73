"""The endpoints: one noun a file, each with its `ROUTES`.

RULE: HTTP in, HTTP out. A handler reads the request (`fields`, `who`), lets the other rooms work, and wraps up what they
return (`replies`); it holds no SQL and no search. A request that cannot be served ends in a `Failure`.
"""
