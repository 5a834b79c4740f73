"""Mutants of the local server's reading and searching."""

# pyright: reportUnknownLambdaType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (a lambda that replaces a method has the method's parameters)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .mutant import Mutant

PASSAGES = "tests/local/searching/test_passages.py::"
POOL = "tests/local/indexing/test_reader_pool.py::"


def never_given_up(_: Any) -> Any:
    return lambda _db, _digest, _reason, _now, _version: 0.0


def forgotten_at_once(original: Any) -> Any:
    def start(answers: Any, place: Any, run: Any) -> None:
        answers._answers.clear()
        original(answers, place, run)

    return start


def ended_with_its_viewers(_: Any) -> Any:
    def restart_stop_timer(answer: Any) -> None:
        if answer._events and not answer._viewers:
            answer.stop("unwatched")

    return restart_stop_timer


LOCAL_SERVER: Sequence[Mutant] = (
    Mutant(
        "rows taken for running titles",
        "leaves lines at the edges of pages out whatever numbers vary in them",
        "local.searching.running_lines:_only_a_page_number_varies",
        lambda _: lambda _group: True,
        (PASSAGES + "test_acts_that_differ_in_their_figures_are_kept",),
    ),
    Mutant(
        "running titles lost",
        "leaves running titles out of the text and does not keep them beside it",
        "local.searching.passages:replace",
        lambda original: lambda value, **changes: value if "left_out" in changes else original(value, **changes),
        (PASSAGES + "test_what_was_left_out_is_kept_beside_the_text",),
    ),
    Mutant(
        "hostile documents read again",
        "forgets which bytes took a reader too long",
        "local.indexing.reading_marks:give_up",
        never_given_up,
        (POOL + "test_a_document_that_was_given_up_is_marked",),
    ),
    Mutant(
        "copies quoted",
        "quotes copies of one passage beside each other",
        "local.searching.fts_index:_without_copies",
        lambda _: list,
        ("tests/local/searching/test_fts_index.py::test_copies_do_not_hide_the_document_that_differs",),
    ),
    Mutant(
        "meaning before codes",
        "fuses rankings for questions with a code, too",
        "local.indexing.document_index:names_exactly",
        lambda _: lambda _question: False,
        ("tests/local/indexing/test_vector_search.py::test_words_lead_where_something_is_named",),
    ),
    Mutant(
        "a reload runs the model again",
        "forgets the answers of the page as soon as they are begun",
        "local.answering.running_answers:RunningAnswers.start",
        forgotten_at_once,
        ("tests/local/answering/test_running_answers.py::test_whoever_comes_gets_all_of_it",),
    ),
    Mutant(
        "answers of the page end with their viewers",
        "stops an answer when its first viewer leaves",
        "local.answering.running_answers:RunningAnswer._restart_stop_timer",
        ended_with_its_viewers,
        ("tests/local/handlers/test_page_handlers.py::test_an_answer_goes_on_when_its_viewer_leaves",),
    ),
    Mutant(
        "one address takes all connections",
        "counts no connection as one of the same address",
        "local.connection_limits:_network",
        lambda _: lambda _transport: object(),
        ("tests/local/test_connection_limits.py::test_one_address_cannot_take_all_connections",),
    ),
    Mutant(
        "headings of groups glued to cells",
        "takes each line that stands alone for the end of the row above",
        "local.reading.pdf.borderless_rows:_Rows._is_further",
        lambda _: lambda _self, _place, _gap, _rows: True,
        ("tests/local/reading/pdf/test_borderless_tables.py::test_a_heading_of_a_group_is_a_row_of_its_own",),
    ),
    Mutant(
        "code and prose mixed in a table",
        "takes numbers of lines for figures of rows",
        "local.reading.pdf.numeric_columns:_count_up",
        lambda _: lambda _numbers: False,
        ("tests/local/reading/pdf/test_borderless_tables.py::test_numbered_lines_of_code_beside_prose_are_no_table",),
    ),
    Mutant(
        "documents left half stored",
        "drops the last passages of a document",
        "local.indexing.reader_pool:end_reading",
        lambda original: lambda db, number, _last, document, digest: original(db, number, (), document, digest),
        ("tests/local/indexing/test_document_index.py::test_a_document_is_found_from_its_first_passage_to_its_last",),
    ),
    Mutant(
        "parts of a table without heads",
        "takes no part of a table below another for a further one",
        "local.reading.pdf.table_heads:has_columns_at",
        lambda _: lambda _grid, _xs: False,
        ("tests/local/reading/pdf/test_borderless_tables.py::test_a_table_goes_on_below_a_paragraph",),
    ),
    Mutant(
        "uploads given up kept",
        "leaves the file of an upload that was given up",
        "local.upload_folder:_IncompleteFile.delete",
        lambda _: lambda _file: None,
        ("tests/local/test_upload_folder.py::test_an_upload_given_up_while_its_file_is_made_leaves_none",),
    ),
)
