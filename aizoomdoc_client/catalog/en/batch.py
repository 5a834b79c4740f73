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
}
