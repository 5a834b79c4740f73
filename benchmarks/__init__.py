"""How fast the client is, held against what a user would otherwise write: ``python -m benchmarks``.

RULE: a server in a process of its own sends bytes that were made ahead; each contender has a process of its own, and one sample
of each is taken in turn. `suites` says what is measured and knows the client and its peers; the modules here measure, judge and
know neither; `report` writes. Nothing of the client is switched off for a figure: recovery, time-outs, bounded buffers stay on.
"""
