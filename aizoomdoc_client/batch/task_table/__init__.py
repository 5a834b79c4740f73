"""Tasks from tables: CSV, JSON lines and XLSX, with a document a row, and columns of the user's own.

Contract: `records` is what a row is, whatever the format; each format has a module that reads it, `columns` tells what heads
mean, `table` makes tasks of the rows. Nothing is asked of a server: whoever calls brings its roles.
"""

from __future__ import annotations

from .table import TaskTable, read_task_table

__all__ = ["TaskTable", "read_task_table"]
