"""Processes for libraries that a hostile document can make hang or exhaust memory: PDFium has no limits.

Contract: `starting` is the server's side of such a process, `limits` the process's own; `page_images` draws pages in them. No
HTTP, chats, users or index here.
"""
