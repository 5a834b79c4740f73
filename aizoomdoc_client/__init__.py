"""The Python SDK of AIZoomDoc servers."""

__version__ = "0.1.0"
