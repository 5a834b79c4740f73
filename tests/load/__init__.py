"""Logins and streams under load: claims that a run checks, and measured figures.

Claims are about counts and texts, never about time: durations are figures, so that a slow machine breaks no claim. Servers
run in processes of their own. Each scenario has a small size, which the tests run, and the full size.

``nox -s load``, or ``python -m tests.load``, runs the full size; the exit code is 1 if a claim is broken. ``--small`` runs the
size of the tests, and names select scenarios.

docs: docs/reliability.md quotes the figures that a full run prints.
"""
