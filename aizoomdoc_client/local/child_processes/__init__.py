"""Work that a library does in processes of its own, because a hostile document may hang or burst it: PDFium has no limits.

Contract: `starting` is the server's side of such a process, `limits` the process's own; `page_images` draws pages in them. Knows
nothing of HTTP, chats, users or the index.
"""
