"""The results of a job as files: JSON lines, CSV, XLSX, Markdown and HTML, each written to a temporary file and then renamed.

Contract: takes `ResultRow` values; knows neither the journal nor the client.
"""
