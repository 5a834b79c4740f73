"""PDF, read with pypdfium2: the text of pages, notes and forms on them, and what of a file is not text.

Contract: a path in, a `Document` out; one file at a time in a process.

`pdf_file` opens files and gives the text and the geometry of their pages, `page_objects` what else is drawn on them,
`page_extras` notes, form fields and attachments. `page_survey` says which pages need more than PDFium's own text:

- tables: `rules` finds ruled ones; `borderless_tables` finds those without rules, by way of `borderless_columns`,
  `borderless_heads` and `borderless_rows`, and `numeric_columns` says which of them are certain; `table_cells` and
  `table_heads` read the cells of both kinds, and `tables` puts them into the page's text;
- text in several directions: `turned_text`, and `turned_heads` for heads of columns that are written upwards;
- `superscripts`, on any page; `divided_words` joins what is divided at the ends of lines.

`pictures` tells scans, `page_picture` draws a page for the recognition of its text, `reader` puts a document together.
"""

from __future__ import annotations

from .reader import read_pdf

__all__ = ["read_pdf"]
