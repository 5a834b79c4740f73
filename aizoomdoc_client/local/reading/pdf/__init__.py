"""PDF, read with pypdfium2: the text of pages, notes and forms on them, and what of a file is not text.

Contract: a path in, a `Document` out; one file at a time in a process. `pdf_file` opens files and says what is on a page,
`page_extras` reads what lies on a page and is not its content, `pictures` tells scans, `page_survey` says which
pages need more than PDFium's own text: `turned_text` keeps labels apart that run
in several directions, `rules` and `tables` find ruled tables, `reader` puts a document together.
"""

from __future__ import annotations

from .reader import read_pdf

__all__ = ["read_pdf"]
