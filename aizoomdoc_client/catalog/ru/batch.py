"""The Russian templates of batch jobs: their input, the job with its journal, the results as files."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # What a job is asked
    "and_more": "и ещё {count}",
    "batch_input_unusable": "{source}: {problems:items}{more:after; }",
    # Documents
    "batch_documents": "документы",
    "document_unusable": "«{path}»: {reason}",
    "document_named_by_nothing": "имя пустое",
    "document_has_no_bytes": "файл пуст",
    "document_matches_nothing": "нет подходящих файлов",
    "document_is_no_file": "это не файл и не папка",
    "folder_not_listed": "папку не удаётся прочитать ({reason})",
    "folder_nested_too_deep": "вложенность папок больше {most}",
    "folder_without_documents": "в папке нет документов; ими считаются файлы {suffixes:list}",
    "folder_has_documents_below": "документы есть только во вложенных папках; чтобы взять и их, добавьте {option}",
    "document_of_unknown_type": "документ задаётся путём, BatchDocument или ProjectNode документа, а не {type}",
    "node_is_no_document": "«{name}» в дереве проектов — {type}, а не документ",
    "no_documents": "ни одного не найдено",
    # Questions
    "batch_questions": "вопросы",
    "question_has_no_text": "вопрос {number} пуст",
    "question_named_has_no_text": "вопрос «{name}» пуст",
    "question_repeated": "вопрос «{heading}» задан дважды; оставьте один",
    "question_heading_repeated": "два вопроса названы «{heading}»; дайте одному из них другое имя",
    "question_of_unknown_type": "вопрос задаётся текстом или BatchQuestion, а не {type}",
    "no_questions": "ни одного не задано",
    "at_line": "строка {line}: {problem}",
    "batch_file_not_opened": "файл не открывается ({reason})",
    "batch_file_too_large": "файл больше {size:bytes}",
    "batch_file_in_other_encoding": "похоже, текст в кодировке {encoding}: сохраните файл в UTF-8",
    "file_not_utf8": "текст не в UTF-8, сохраните файл в этой кодировке",
    "question_file_malformed": 'это не TOML; вопрос записывается как "высота" = "…", имя не из латинских букв — в кавычках',
    "question_name_repeated": "второй вопрос с тем же именем; дайте одному из них другое имя",
    "question_file_key_unknown": "имя «{key}» неизвестно; вопросы находятся в таблице [questions]",
    "question_file_without_questions": 'вопросов нет; напишите [questions], а под ним строки вида "высота" = "…"',
    "question_key_unknown": "у вопроса «{name}» есть «{key}», а может быть {keys:list}",
    "role_of_odd_type": "роль — это имя или номер",
    # Roles and models
    "role_named_unknown": "роли «{role}» нет; есть: {roles:list}",
    "role_named_ambiguous": "ролей «{role}» несколько, укажите номер: {roles:list}",
    "model_named_unknown": "модели «{model}» нет; есть: {models:list}",
    # Tables of tasks
    "at_row": "строка {row}: {problem}",
    "at_row_and_column": "строка {row}, столбец «{column}»: {problem}",
    "at_line_and_column": "строка {line}, «{column}»: {problem}",
    "an_xlsx_table": "таблице XLSX",
    "table_of_unknown_kind": "имя таблицы должно оканчиваться на {kinds:list}",
    "table_without_documents": "нет столбца «файл» или «документ»; в первой строке: {columns:list}",
    "table_without_rows": "под заголовками нет строк",
    "table_too_long": "строк больше {most}, разделите таблицу",
    "table_too_wide": "ячеек больше {most}, разделите таблицу",
    "column_repeated": "столбцов «{column}» два; дайте одному из них другое имя",
    "row_badly_quoted": "кавычка не закрыта или стоит внутри ячейки, где её нужно удвоить",
    "row_too_long": "ячеек {count}, а заголовков только {heads}",
    "cell_without_head": "ячейка {position} стоит в столбце без заголовка",
    "cell_not_calculated": "у формулы в столбце «{column}» ещё нет результата; откройте таблицу в редакторе и сохраните",
    "line_no_json": "это не JSON",
    "line_no_object": 'это не объект JSON вида {{"файл": "…"}}',
    "field_no_cell": "в «{column}» не текст, не число, не true, false или null",
    "workbook_unreadable": "книга XLSX не читается; сохраните её заново",
    "workbook_of_several_tables": "столбец документов есть на нескольких листах ({sheets:list}); скройте все, кроме одного",
    "row_without_document": "не указан документ; для него есть поле «файл»",
    "row_without_question": "вопроса нет, и общего для всех строк не задано",
    "row_names_folder": "это папка, а в строке указывается один файл",
    "cell_without_document": "документ не указан (из объединённых ячеек текст есть только в первой)",
    # The project tree
    "the_project_tree": "дерево проектов",
    "tree_without_documents": "документов нет; что в нём есть, покажет aizoomdoc projects tree",
    "tree_node_unknown": "узла «{node}» нет; что в нём есть, покажет aizoomdoc projects tree",
    "tree_node_ambiguous": "узлов «{node}» несколько, укажите номер: {ids:list}",
    # The command line
    "batch_input_problems": "{source}: вопросы не заданы; исправьте то, что названо выше",
    "tasks_with_documents": "с --tasks документы берутся из таблицы, пути и --tree не нужны",
    "tree_options_without_tree": "--client-id и --node имеют смысл только с --tree",
    # The job and its journal
    "unit_crashed": (
        "программа аварийно завершалась на этом вопросе (раз: {count}); задайте его отдельно или повторите с --retry-failed"
    ),
    "folder_away": "папка {folder} недоступна: её нет, она не читается или пуста",
    "file_changed": "файл {path} изменился во время работы; запустите задание ещё раз",
    "journal_in_use": ("журнал {path} занят другим запуском; дождитесь его окончания или остановите его (`{command}`)"),
    "journal_of_another_server": (
        "журнал {path} относится к серверу {theirs}, а вопросы задаются серверу {ours}; укажите другой журнал (--journal)"
        " или тот сервер"
    ),
    "journal_has_links": "у журнала {path} есть и другие имена (жёсткие ссылки), и запуск с другим именем не увидел бы этого; "
    "скопируйте файл и работайте с копией",
    "not_a_journal": "{path} — не журнал пакетного задания; укажите другой путь (--journal)",
    "journal_damaged": (  # SQLite says in English where
        "журнал {path} повреждён{reason:unsaid}; то, что уцелело, можно прочитать программой sqlite3 (команда `.recover`)"
    ),
    "journal_disk_full": "диск с журналом {path} заполнен: освободите место, и задание продолжится",
    "journal_held": "журнал {path} занят другой программой: закройте её, и задание продолжится",
    "job_needs_login": (
        "сервер не принимает вход ({reason}): войдите заново в другом терминале командой `{command}`, и задание продолжится само"
    ),
    "job_needs_token": (
        "сервер не принимает заданный токен ({reason}): остановите задание, укажите другой токен и запустите его снова;"
        " оно продолжится с того же места"
    ),
    "job_tries_again": "{reason}; задание само повторит попытку",
    "no_journal": "нет журнала {path}",
    "job_client_type": (
        "этому заданию нужен клиент {expected}, а не {found}: "
        "BatchJob работает с AsyncAIZoomDocClient, SyncBatchJob — с AIZoomDocClient"
    ),
    "job_without_documents": "не указано ни одного документа",
    "job_without_questions": "не указано ни одного вопроса",
    "not_a_saved_answer": "это не сохранённый ответ: {problem}",
    "job_waits_for_settings": (
        "выполняется другое задание этого пользователя, а задание со своей ролью или моделью выполняется отдельно от"
        " других; это задание продолжится после него"
    ),
    "job_open_twice": "это задание уже начато; создайте новое",
    "job_runs_elsewhere": "задание выполняет процесс {process} на компьютере {host} или в другом контейнере: остановите его там",
    "process_not_stopped": "процесс {process} нельзя остановить: он принадлежит другому пользователю или уже завершился",
    # Jobs on a Dask cluster
    "jobs_on_dask": "Заданию на кластере Dask",
    "dask_scheduler_not_reached": "планировщик Dask {address} недоступен ({reason}); проверьте адрес и то, что он запущен",
    "dask_scheduler_lost": "связь с планировщиком Dask {address} потеряна ({reason}); запустите его снова, и задание продолжится",
    "worker_lost": "потерян рабочий процесс {address}",
    "worker_unusable": "рабочий процесс {address} не подходит: {problem}",
    "worker_of_another_version": "там aizoomdoc-client {theirs}, а здесь {ours}; установите одну и ту же версию",
    "worker_without_package": "там не работает aizoomdoc-client {version} ({reason}); установите его на рабочих машинах",
    "worker_of_another_user": "там вошёл {user}, а ему чаты задания не видны; войдите там под тем же именем, что и здесь",
    "no_workers": "у планировщика Dask нет рабочих процессов; запустите их командой dask worker",
    "token_not_to_be_sent": "в client_options есть static_token; чтобы послать его на рабочие машины, укажите send_token=True",
    "no_token_to_send": "у клиента задания нет статического токена для send_token=True; задайте static_token в client_options",
    # Its results as files
    # Files of results
    "the_xlsx_results": "Результатам в XLSX",
    "results_suffix_unknown": "не удаётся записать результаты в {name:quoted}: имя должно оканчиваться на {choices:list}",
    "results_path_is_folder": "{path} — папка: укажите файл для результатов",
    "results_folder_missing": "не удаётся записать результаты в {path}: нет папки {folder}",
    "results_replace_input": "результаты заменили бы файл {path}, который нужен заданию; укажите другой файл (--out)",
    "results_not_written": "не удаётся записать результаты в {path}: {reason}",
}
