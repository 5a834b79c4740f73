"""Logins and streams under load: claims that a run proves or breaks, and figures beside them.

RULE: a scenario makes the claims, about counts and texts, and never about time: how long something took is a figure, and a slow
machine breaks nothing. Servers run in processes of their own. Each scenario has a small form, which the tests run, and the full
one.

``nox -s load``, or ``python -m tests.load``, runs the full forms and ends with 1 if a claim is broken; ``--small`` runs those of
the tests, and names of scenarios choose among them.

docs: docs/reliability.md quotes the figures that a full run prints.
"""
