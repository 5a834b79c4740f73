"""The security rules, each with its tests; `test_rules.py` fails if a test is missing or disabled."""

from __future__ import annotations

import attrs


@attrs.frozen
class Rule:
    """A promise, and the node ids of its tests."""

    promise: str
    tests: tuple[str, ...]


RULES: dict[str, Rule] = {
    "query": Rule(
        "a WebSocket's query carries an access token, never the static one; URLs are shown without their query",
        (
            "tests/session/test_secrets.py::test_the_static_token_travels_to_one_place",
            "tests/transport/test_websocket.py::test_the_query_is_the_documented_one",
            "tests/session/test_stream_opener.py::test_no_handshake_carries_the_header",
        ),
    ),
    "canary": Rule(
        "no token is in any log record, error, warning, repr, pickle or variable of a traceback",
        (
            "tests/security/test_canary.py::test_no_error_shows_a_token",
            "tests/security/test_canary.py::test_no_refused_handshake_shows_a_token",
            "tests/security/test_canary.py::test_an_exposed_secret_is_found",
            "tests/security/test_watch.py::test_exposed_tokens_are_reported",
            "tests/session/test_secrets.py::test_no_token_comes_out",
            "tests/session/test_quoted_tokens.py::test_a_quoted_static_token_is_masked",
            "tests/storage/test_token_file_failures.py::test_no_failure_shows_a_token",
            "tests/storage/test_keyring.py::test_no_failure_shows_a_secret",
            "tests/test_errors_on_the_wire.py::test_a_422_never_shows_its_input",
            "tests/test_errors_on_the_wire.py::test_every_class_is_raised_here",
            "tests/local/test_local_server.py::test_no_token_is_logged_or_shown",
            "tests/telemetry/test_open_telemetry.py::test_no_secret_no_question_and_no_answer_is_exported",
        ),
    ),
    "redirect": Rule(
        "no redirect is followed: 5 statuses, 4 kinds of other origins, and the second server gets 0 bytes",
        (
            "tests/transport/test_redirects.py::test_no_http_redirect_is_followed",
            "tests/transport/test_redirects.py::test_no_redirect_of_a_handshake_is_followed",
            "tests/transport/test_redirects.py::test_a_redirect_to_the_same_server_is_not_followed",
        ),
    ),
    "plain-http": Rule(
        "http and ws to other machines only if explicitly allowed",
        (
            "tests/test_config.py::test_plain_http_to_another_machine_is_refused",
            "tests/test_config.py::test_plain_http_can_be_allowed",
            "tests/test_config.py::test_query_fragment_and_user_are_refused",
            "tests/test_config.py::test_no_server_url_is_refused",
            "tests/test_config.py::test_no_error_shows_a_password_or_a_query",
            "tests/test_config.py::test_any_text_as_url_is_a_url_or_a_configuration_error",
        ),
    ),
    "characters": Rule(
        "no control characters in tokens, ids and file names on the wire",
        (
            "tests/security/test_wire_characters.py::test_a_static_token",
            "tests/security/test_wire_characters.py::test_an_access_token_of_a_server",
            "tests/security/test_wire_characters.py::test_an_access_token_of_a_store",
            "tests/security/test_wire_characters.py::test_an_id",
            "tests/security/test_wire_characters.py::test_a_file_name",
            "tests/transport/test_uploads.py::test_a_name_on_the_raw_wire",
        ),
    ),
    "files": Rule(
        "files with tokens are 0600 in folders of 0700, whatever the umask; written whole or not at all; links are not followed",
        (
            "tests/storage/test_token_file.py::test_file_and_folders_are_private",
            "tests/storage/test_token_file.py::test_the_lock_file_is_private",
            "tests/storage/test_token_file.py::test_a_planted_link_is_not_written_through",
            "tests/storage/test_token_file.py::test_a_planted_link_is_not_read",
            "tests/storage/test_token_file.py::test_a_planted_link_with_the_locks_name_is_not_followed",
            "tests/storage/test_token_file_processes.py::test_processes_saving_at_once_lose_nothing",
            "tests/storage/test_token_file_processes.py::test_a_writer_killed_before_the_last_step_changes_nothing",
        ),
    ),
    "downloads": Rule(
        "no token to another host, a cap on the size, a base name that is safe on POSIX and Windows, nothing overwritten",
        (
            "tests/session/test_downloads.py::test_another_host_gets_no_token",
            "tests/session/test_downloads.py::test_size_is_bounded",
            "tests/session/test_attachments.py::test_another_host_that_stores_files_gets_no_token",
            "tests/session/test_attachments.py::test_a_remote_server_cannot_name_a_place_on_this_machine",
            "tests/session/test_attachments.py::test_a_file_too_large_for_the_model_is_not_fetched_whole",
            "tests/filesystem/test_names.py::test_a_hostile_name_is_made_portable",
            "tests/filesystem/test_names.py::test_any_name_is_made_portable",
            "tests/session/test_downloads.py::test_a_hostile_name_stays_in_the_folder",
            "tests/session/test_downloads.py::test_nothing_is_overwritten",
            "tests/session/test_downloads.py::test_a_symlink_is_not_written_through",
            "tests/session/test_downloads.py::test_an_unsafe_url_is_not_requested",
        ),
    ),
    "terminal": Rule(
        "a model's text cannot control the terminal: controls below 0xA0 and bidi characters, also split across tokens",
        (
            "tests/cli/test_sanitize.py::test_a_dangerous_character_is_made_harmless",
            "tests/cli/test_sanitize.py::test_it_makes_no_difference_where_text_is_cut",
            "tests/cli/test_terminal.py::test_a_model_cannot_command_the_terminal",
            "tests/cli/test_markdown.py::test_markup_cannot_smuggle_characters",
        ),
    ),
    "exports": Rule(
        "exported JSON lines are exact; no cell of a spreadsheet is a formula; nothing of an answer runs or loads in a page",
        (
            "tests/cli/test_chat.py::test_json_is_an_event_a_line",
            "tests/batch/results/test_jsonl.py::test_what_is_written_is_read_back_the_same",
            "tests/batch/results/test_csv_file.py::test_no_cell_is_a_formula",
            "tests/batch/results/test_xlsx.py::test_nothing_is_a_formula",
            "tests/batch/results/test_answer_markup.py::test_hostile_markdown_is_harmless",
            "tests/batch/results/test_html_page.py::test_the_page_needs_and_loads_nothing_else",
        ),
    ),
    "bombs": Rule(
        "decompressed bodies, frames, nesting, events and headers are bounded: attacks fail in less than 80 MiB of memory",
        (
            "tests/security/test_bombs.py::test_it_fails_within_bounds",
            "tests/transport/test_websocket.py::test_a_message_over_the_limit_is_refused",
        ),
    ),
    "garbage": Rule(
        "any bytes from a server, a profile or a token file give a correct result or an AIZoomDocError",
        (
            "tests/security/test_garbage.py::test_any_response_is_a_result_or_an_error_of_ours",
            "tests/security/test_garbage.py::test_any_events_are_an_answer_or_an_error_of_ours",
            "tests/security/test_garbage.py::test_any_frames_are_an_answer_or_an_error_of_ours",
            "tests/security/test_garbage.py::test_any_handshake_is_an_error_of_ours",
            "tests/security/test_garbage.py::test_any_token_file_is_tokens_or_a_warning",
            "tests/test_config.py::test_any_bytes_as_profile_file_are_settings_or_a_configuration_error",
        ),
    ),
    "built-in": Rule(
        "no server and no token is built in; the wheel can be reproduced and its dependencies audited",
        (
            "tests/security/test_wheel.py::test_no_server_and_no_token_is_built_in",
            "tests/security/test_wheel.py::test_what_is_built_in_is_found",
            "tests/test_config.py::test_no_server_anywhere_says_what_to_do",
        ),
    ),
}
