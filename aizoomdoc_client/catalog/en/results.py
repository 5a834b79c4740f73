"""The English templates of writing the results of a job."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # Files of results
    "the_xlsx_results": "The results as XLSX",
    "results_suffix_unknown": "Results cannot be written to {name:quoted}: its name must end in one of {choices:list}",
    "results_path_is_folder": "{path} is a folder: name a file for the results",
    "results_folder_missing": "The results cannot be written to {path}: there is no folder {folder}",
    "results_not_written": "The results cannot be written to {path}: {reason}",
}
