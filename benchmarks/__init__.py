"""How fast the client is, compared with what a user would otherwise write: ``python -m benchmarks``.

Contract: a server in a process of its own sends bytes that were prepared in advance. Each contender has a process of its own, and
contenders take samples in turns. `suites` says what is measured and knows the client and its peers; the modules here sample,
judge and print, and know neither. No feature of the client is switched off: recovery, timeouts and bounded buffers stay on.
"""
