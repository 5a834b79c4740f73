"""Shared fixtures."""

from __future__ import annotations

from tests.session.conftest import library

__all__ = ["library"]  # both WebSocket libraries, for tests that ask for them
