"""The version, below every other module, so that a layer that sends it need not import the package above it."""

__version__ = "0.1.0"
