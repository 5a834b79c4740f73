"""The Russian templates of batch jobs."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "unit_crashed": (
        "программа аварийно завершалась на этом вопросе (раз: {count}); задайте его отдельно или повторите с --retry-failed"
    ),
    "file_changed": "файл {path} изменился во время работы; запустите задание ещё раз",
    "journal_in_use": (
        "журнал {path} занят другим запуском; дождитесь его окончания или остановите его (`aizoomdoc batch cancel`)"
    ),
    "journal_of_another_server": (
        "журнал {path} относится к серверу {theirs}, а вопросы задаются серверу {ours}; укажите другой журнал (--journal)"
        " или тот сервер"
    ),
    "not_a_journal": "{path} — не журнал пакетного задания; укажите другой путь (--journal)",
    "journal_damaged": (
        "журнал {path} повреждён ({reason}); то, что уцелело, можно прочитать программой sqlite3 (команда `.recover`)"
    ),
    "journal_disk_full": "диск с журналом {path} заполнен: освободите место, и задание продолжится",
    "no_journal": "нет журнала {path}",
    "job_without_documents": "не указано ни одного документа",
    "job_without_questions": "не указано ни одного вопроса",
    "not_a_saved_answer": "это не сохранённый ответ: {problem}",
    "job_open_twice": "это задание уже начато; создайте новое",
    "process_not_stopped": "процесс {process} нельзя остановить: он принадлежит другому пользователю или уже завершился",
}
