"""The Russian templates of writing the results of a job."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # Files of results
    "the_xlsx_results": "Результатам в XLSX",
    "results_suffix_unknown": "не удаётся записать результаты в {name:quoted}: имя должно оканчиваться на {choices:list}",
    "results_path_is_folder": "{path} — папка: укажите файл для результатов",
    "results_folder_missing": "не удаётся записать результаты в {path}: нет папки {folder}",
    "results_not_written": "не удаётся записать результаты в {path}: {reason}",
}
