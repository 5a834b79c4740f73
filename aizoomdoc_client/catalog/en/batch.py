"""The English templates of what is wrong with the input of a batch job."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "and_more": "and {count} more",
    "batch_input_unusable": "{source}: {problems:items}{more:after; }",
    # Documents
    "batch_documents": "Documents",
    "document_unusable": "'{path}': {reason}",
    "document_has_no_bytes": "the file is empty",
    "document_matches_nothing": "no file matches",
    "document_is_no_file": "it is neither a file nor a folder",
    "folder_not_listed": "the folder cannot be read ({reason})",
    "folder_nested_too_deep": "folders are nested more than {most} deep",
    "folder_without_documents": "no documents in the folder; documents there end in {suffixes:list}",
    "folder_has_documents_below": "no documents right in the folder, only in folders below it: read those, too, with {option}",
    "document_of_unknown_type": "a document is a path, a BatchDocument, or a ProjectNode of a document, not {type}",
    "node_is_no_document": "'{name}' of the project tree is a {type}, not a document",
    "no_documents": "there are none",
    # Questions
    "batch_questions": "Questions",
    "question_has_no_text": "question {number} is empty",
    "question_named_has_no_text": "the question '{name}' is empty",
    "question_repeated": "'{heading}' is asked twice; leave one out",
    "question_heading_repeated": "two questions are named '{heading}'; give one of them another name",
    "question_of_unknown_type": "a question is a text or a BatchQuestion, not {type}",
    "no_questions": "there are none",
    "at_line": "line {line}: {problem}",
    "batch_file_not_opened": "the file cannot be opened ({reason})",
    "batch_file_too_large": "the file is larger than {size:bytes}",
    "batch_file_not_utf8": "the text is not UTF-8: save the file in this encoding",
    "question_file_malformed": 'this is no TOML: write a question as height = "…", a name of other than Latin letters in quotes',
    "question_name_repeated": "a second question of the same name; give one of them another name",
    "question_file_key_unknown": "'{key}' is not known; questions stand in the table [questions]",
    "question_file_without_questions": 'there are no questions; write [questions], and below it lines such as height = "…"',
    "question_key_unknown": "the question '{name}' has '{key}'; it can have {keys:list}",
    "role_of_odd_type": "a role is a name or a number",
    # Roles and models
    "role_named_unknown": "there is no role '{role}'; there are: {roles:list}",
    "role_named_ambiguous": "there are several roles '{role}', give a number: {roles:list}",
    "model_named_unknown": "there is no model '{model}'; there are: {models:list}",
}
