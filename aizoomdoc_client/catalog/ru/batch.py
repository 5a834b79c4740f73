"""The Russian templates of what is wrong with the input of a batch job."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "and_more": "и ещё {count}",
    "batch_input_unusable": "{source}: {problems:items}{more:after; }",
    # Documents
    "batch_documents": "документы",
    "document_unusable": "«{path}»: {reason}",
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
    "batch_file_not_utf8": "текст не в UTF-8, сохраните файл в этой кодировке",
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
}
