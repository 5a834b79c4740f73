"""The English templates of commands at a terminal."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # Commands at a terminal
    "chat_ambiguous": "There are several chats '{chat}'",
    "chat_unknown": "There is no chat '{chat}'",
    "schema_with_local": "--schema needs a language model, which --local does not have: ask a server",
    "chat_with_local": "--chat and --continue are for a server's chats, not for --local",
    "text_not_decodable": "The text is not UTF-8, and not in the locale's encoding either",
    "current_chat_gone": "The current chat '{title}' is no longer on the server",
    "file_not_there": "There is no file '{path}'",
    "login_not_saved": "The login works but could not be saved in {folder}",
    "no_current_chat": "There is no current chat",
    "no_document_or_question": "A document and a question are needed",
    "no_server_to_log_in_to": "No server is named, and none answers at {url}",
    "no_token_given": "No token: standard input is empty",
    "no_ocr_without_local": "--no-ocr goes with --local only",
    "projects_without_local": "--projects goes with --local only",
    "one_value_only": "{name} takes one value: put quotes around it",
    "question_empty": "The question is empty",
    "role_ambiguous": "There are several roles '{role}': give a number",
    "role_needed": "A role is needed, or --none",
    "role_unknown": "There is no role '{role}'",
    "state_file_locked": "Another program holds {path}",
    "state_file_malformed": "{path} is no valid TOML file: correct or delete it",
    "state_file_not_text": "{path} takes UTF-8 text only, and a name or value that was given is none",
    "state_file_not_written": "Cannot write {path}: {reason}",
}
