"""How well the local server finds what engineers ask, beside BM25 over pages: ``python -m benchmarks.search``.

Contract: `questions/` says what is asked and where the answer stands. `corpus` fetches the manuals of Debian packages that
`corpus.toml` names, `made` builds construction documents. `product` searches by the public methods of `DocumentIndex`,
`pages_bm25` is what it is compared with; both see the text that `read_document` gives. The part of the questions put aside,
``questions/held_out.toml``, is looked at only for a release: whoever improves the search must not know it.
"""
