"""The Russian templates of commands at a terminal."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # Commands at a terminal
    "chat_ambiguous": "чатов «{chat}» несколько",
    "chat_unknown": "нет чата «{chat}»",
    "schema_with_local": "для --schema нужна языковая модель, а с --local её нет: задайте вопрос серверу",
    "chat_with_local": "--chat и --continue относятся к чатам на сервере и с --local не сочетаются",
    "text_not_decodable": "текст не в UTF-8 и не в кодировке системы",
    "current_chat_gone": "текущего чата «{title}» на сервере больше нет",
    "file_not_there": "файла «{path}» нет",
    "login_not_saved": "вход выполнен, но сохранить его в {folder} не удалось",
    "no_current_chat": "текущего чата нет",
    "no_document_or_question": "нужны документ и вопрос",
    "no_server_to_log_in_to": "сервер не указан, и {url} не отвечает",
    "no_token_given": "нет токена: в стандартном вводе пусто",
    "no_ocr_without_local": "--no-ocr имеет смысл только с --local",
    "projects_without_local": "--projects имеет смысл только с --local",
    "one_value_only": "{name}: нужно одно значение, возьмите его в кавычки",
    "question_empty": "вопрос пуст",
    "role_ambiguous": "ролей «{role}» несколько, укажите номер",
    "role_needed": "нужна роль либо --none",
    "role_unknown": "нет роли «{role}»",
    "state_file_locked": "файл {path} занят другой программой",
    "state_file_malformed": "файл {path} — не TOML: исправьте или удалите его",
    "state_file_not_text": "в {path} записывается только текст в UTF-8, а имя или значение содержит другие байты",
    "state_file_not_written": "не удаётся записать {path}: {reason}",
}
