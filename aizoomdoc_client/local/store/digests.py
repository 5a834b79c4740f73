"""Fingerprints of secrets: what the database keeps in place of a token."""

from __future__ import annotations

import hashlib


def digest(secret: str) -> str:
    """The SHA-256 of a random secret; a slow hash would add nothing to 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
