"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# A slow machine is no failure; each test has pytest-timeout's limit already.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
