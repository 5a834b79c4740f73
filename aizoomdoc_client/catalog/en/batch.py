"""The English templates of batch jobs: their input, the job with its journal, the results as files."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # What a job is asked
    "and_more": "and {count} more",
    "batch_input_unusable": "{source}: {problems:items}{more:after; }",
    # Documents
    "batch_documents": "Documents",
    "document_unusable": "'{path}': {reason}",
    "document_named_by_nothing": "the name is empty",
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
    "batch_file_in_other_encoding": "the text seems to be in {encoding}: save the file in UTF-8",
    "file_not_utf8": "the text is not UTF-8: save the file in this encoding",
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
    # Tables of tasks
    "at_row": "row {row}: {problem}",
    "at_row_and_column": "row {row}, column '{column}': {problem}",
    "at_line_and_column": "line {line}, '{column}': {problem}",
    "an_xlsx_table": "An XLSX table",
    "table_of_unknown_kind": "the name of a table ends in {kinds:list}",
    "table_without_documents": "no column is headed 'file' or 'document'; the first row has: {columns:list}",
    "table_without_rows": "there are no rows below the heads",
    "table_too_long": "there are more than {most} rows: divide the table",
    "table_too_wide": "there are more than {most} cells: divide the table",
    "column_repeated": "there are two columns '{column}'; give one of them another name",
    "row_badly_quoted": "a quotation mark is not closed, or stands within a cell where it has to be doubled",
    "row_too_long": "there are {count} cells, and only {heads} heads",
    "cell_without_head": "cell {position} stands in a column without a head",
    "cell_not_calculated": "the formula in column '{column}' has no result yet: open the table in a spreadsheet and save it",
    "line_no_json": "this is no JSON",
    "line_no_object": 'this is no JSON object, such as {{"file": "…"}}',
    "field_no_cell": "'{column}' holds what is no text, number, true, false or null",
    "workbook_unreadable": "this is no readable XLSX workbook; save it anew",
    "workbook_of_several_tables": "several sheets have a column of documents ({sheets:list}); hide all but one",
    "row_without_document": "no document is named; that is done by 'file'",
    "row_without_question": "no question is there, and none for all rows was given",
    "row_names_folder": "this is a folder, and a row names one file",
    "cell_without_document": "no document is named (of merged cells only the first one has the text)",
    # The project tree
    "the_project_tree": "The project tree",
    "tree_without_documents": "there are no documents; aizoomdoc projects tree shows what is there",
    "tree_node_unknown": "there is no node '{node}'; aizoomdoc projects tree shows what is there",
    "tree_node_ambiguous": "there are several nodes '{node}', give an id: {ids:list}",
    # The command line
    "batch_input_problems": "{source}: nothing was asked; mend what the lines above name",
    "tasks_with_documents": "--tasks names the documents itself: leave out paths and --tree",
    "tree_options_without_tree": "--client-id and --node go with --tree only",
    # The job and its journal
    "unit_crashed": "the program ended {count} times while it was at this question: ask it alone, or with --retry-failed",
    "folder_away": "the folder {folder} is not available: it is missing, cannot be read, or is empty",
    "file_changed": "{path} was changed while the job ran: run the job again",
    "journal_in_use": "the journal {path} is in use by another run: wait for it, or stop it (`{command}`)",
    "journal_of_another_server": (
        "the journal {path} belongs to {theirs}, and this run asks {ours}: give another journal (--journal), or the other server"
    ),
    "journal_has_links": "the journal {path} has other names (hard links), and a run under one of these would not see this one: "
    "copy the file, and use the copy",
    "not_a_journal": "{path} is not the journal of a batch job: give another path (--journal)",
    "journal_damaged": "the journal {path} is damaged ({reason}): what is left can be read by the program sqlite3 (`.recover`)",
    "journal_disk_full": "the disk of the journal {path} is full: make room on it, the job then goes on",
    "journal_held": "another program holds the journal {path}: close it, the job then goes on",
    "job_needs_login": (
        "the server refuses the login ({reason}): log in again in another terminal by `{command}`, and the job goes on by itself"
    ),
    "job_needs_token": (
        "the server refuses the token that was given ({reason}): stop the job, give another token, and run it again;"
        " it goes on where it was"
    ),
    "job_tries_again": "{reason}; the job tries again by itself",
    "no_journal": "there is no journal {path}",
    "job_client_type": (
        "the client of this job must be {expected}, not {found}: "
        "BatchJob takes AsyncAIZoomDocClient, SyncBatchJob takes AIZoomDocClient"
    ),
    "job_without_documents": "there is no document to ask about",
    "job_without_questions": "there is no question to ask: give at least one",
    "not_a_saved_answer": "this is no saved answer: {problem}",
    "job_waits_for_settings": (
        "another job of this user is running, and a job with a role or model of its own runs alone: this one goes on after it"
    ),
    "job_open_twice": "this job was begun already: make another one",
    "job_runs_elsewhere": "the job runs on {host}, there as process {process}, or in another container: stop it there",
    "process_not_stopped": "the process {process} cannot be stopped: it belongs to somebody else, or has just ended",
    # Jobs on a Dask cluster
    "jobs_on_dask": "A job on a Dask cluster",
    "dask_scheduler_not_reached": "The Dask scheduler {address} cannot be reached ({reason}): check the address, and start it",
    "dask_scheduler_lost": "The Dask scheduler {address} is lost ({reason}): start it again, the job then goes on",
    "worker_lost": "the worker {address} was lost",
    "worker_unusable": "The worker {address} cannot be used: {problem}",
    "worker_of_another_version": "it has aizoomdoc-client {theirs}, and this is {ours}: install the same version on both",
    "worker_without_package": "aizoomdoc-client {version} does not run there ({reason}): install it on the workers",
    "worker_of_another_user": "it is logged in as {user}, who does not see this job's chats: log in there as the job's user",
    "no_workers": "The Dask scheduler has no workers: start some, with `dask worker`",
    "token_not_to_be_sent": "client_options has static_token: with send_token=True it is sent to the workers, else leave it out",
    "no_token_to_send": "send_token=True: the job's client has no static token, give one as static_token in client_options",
    # Its results as files
    # Files of results
    "the_xlsx_results": "The results as XLSX",
    "results_suffix_unknown": "Results cannot be written to {name:quoted}: its name must end in one of {choices:list}",
    "results_path_is_folder": "{path} is a folder: name a file for the results",
    "results_folder_missing": "The results cannot be written to {path}: there is no folder {folder}",
    "results_replace_input": "The results would replace {path}, which the job needs: name another file (--out)",
    "results_not_written": "The results cannot be written to {path}: {reason}",
}
