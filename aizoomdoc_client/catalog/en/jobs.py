"""The English templates of batch jobs."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "unit_crashed": "the program ended {count} times while it was at this question: ask it alone, or with --retry-failed",
    "file_changed": "{path} was changed while the job ran: run the job again",
    "journal_in_use": "the journal {path} is in use by another run: wait for it, or stop it (`aizoomdoc batch cancel`)",
    "journal_of_another_server": (
        "the journal {path} belongs to {theirs}, and this run asks {ours}: give another journal (--journal), or the other server"
    ),
    "not_a_journal": "{path} is not the journal of a batch job: give another path (--journal)",
    "journal_damaged": "the journal {path} is damaged ({reason}): what is left can be read by the program sqlite3 (`.recover`)",
    "journal_disk_full": "the disk of the journal {path} is full: make room on it, the job then goes on",
    "no_journal": "there is no journal {path}",
    "job_without_documents": "there is no document to ask about",
    "job_without_questions": "there is no question to ask: give at least one",
    "not_a_saved_answer": "this is no saved answer: {problem}",
    "job_open_twice": "this job was begun already: make another one",
    "process_not_stopped": "the process {process} cannot be stopped: it belongs to somebody else, or has just ended",
}
