"""Tasks from tables: CSV, JSON lines and XLSX, with a document a row, and columns of the user's own.

Contract: `records` has the rows of all formats, each of which is read by a module of its own; `columns` has the meanings of heads
and `table` makes tasks of the rows. Nothing is requested from a server: the caller passes its roles.
"""

from __future__ import annotations

from .table import TaskTable, read_task_table

__all__ = ["TaskTable", "read_task_table"]
