"""The English templates of what the client itself raises and warns of."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # A text that came without a code
    "verbatim": "{text}",
    # Settings and arguments
    "no_server": "No server: pass server_url (--server), set AIZOOMDOC_SERVER, or run `aizoomdoc login`",
    "server_url_malformed": "The server URL '{url}' must look like https://host[:port][/path]",
    "server_url_without_scheme": "The server URL '{url}' must look like https://host[:port][/path]: try {scheme}://{rest}",
    "server_url_with_more": "The server URL '{url}' must not carry a user name, a query or a fragment",
    "server_url_insecure": (
        "'{url}' would send tokens in the clear: use https, or allow_insecure=True (login --allow-insecure, "
        "AIZOOMDOC_ALLOW_INSECURE=1)"
    ),
    "server_url_unusable": "The server URL cannot be used",
    "not_a_count": "{name} must be a whole number, {least} or more, not {value:quoted}",
    "not_seconds": "{name} must be a positive number of seconds, not {value:quoted}",
    "not_seconds_or_none": "{name} must be a positive number of seconds, or 'none' for no limit, not {value:quoted}",
    "not_a_number": "{name} must be a number, not {value:quoted}",
    "not_a_flag": "{name} must be 1 or 0, not {value:quoted}",
    "not_true_or_false": "{name} must be true or false, not {type}",
    "not_one_of": "{name} must be one of {choices:list}, not {value:quoted}",
    "not_text": "{name} must be text, not {type}",
    "not_an_id": "{name} must be an id, or an object that has one, not {type}",
    "not_one_or_several": "{name} cannot be {type}: give one, or a list of several",
    "setting_type": "{name} cannot be {type}",
    "empty": "{name} is empty",
    "unusable_entry": "{name} cannot hold {type}: give {wanted}",
    "entry_lacks": "{name}: an entry has no {key}",
    "impossible_id": "{value:quoted} cannot be an id",
    "control_characters": "{name} has control characters or unpaired surrogates in it: '{value}'",
    "static_token_unusable": "The static_token is empty or has control characters in it (a line break from copying, maybe?)",
    "file_without_place": "The file {file} cannot be passed in tree_files: the server does not tell where it is stored",
    "two_names_given": "Pass {name} or {other}, not both: they mean the same",
    "none_is_no_value": "{name} must not be None: leave it out to keep it as it is",
    "nothing_to_change": "update_settings was given nothing to change",
    # The profile file
    "profile_file_unreadable": "The profile file {path} cannot be read: {reason}",
    "profile_malformed": "this is no TOML ({said}); correct it, or delete the file and log in again",
    "profile_repeated": "a name or a table is there twice; delete one of them",
    "profile_file_skipped": "{reason}; going on without it",
    "nested_too_deeply": "nested too deeply",
    "no_profile": "There is no profile '{name}' in {path}: run `aizoomdoc --profile {name} login`",
    "profile_not_a_table": "{name} in {path} must be a table: [{name}]",
    "setting_of_profile": "{name} of profile '{profile}' in {path}",
    # Login
    "not_logged_in": "Nobody is logged in: pass static_token, set AIZOOMDOC_TOKEN, or run `aizoomdoc login`",
    "token_not_pickled": (
        "This client was pickled, and its static token was left out: set the same AIZOOMDOC_TOKEN here, give the token to "
        "with_options(static_token=…), or pickle a client with pickle_token=True"
    ),
    "login_expired": "The login has expired: authenticate(static_token), or `aizoomdoc login`",
    "access_token_unusable": "The server's access token is empty or has control characters in it",
    "new_token_refused": "The server refuses a token that it has just given out: {reason}",
    # Kept tokens
    "token_file_unusable": "The token file {path} cannot be used: {reason}; {outcome}",
    "tokens_in_memory": "tokens live in memory until this process ends",
    "tokens_not_deleted": "the tokens in it could not be deleted",
    "tokens_not_text": "a token or a name in it is no valid text",
    "token_file_set_aside": (
        "The token file {path} cannot be used: {reason}; it was moved to {aside} and counts as empty; log in again"
    ),
    "token_file_stuck": "{reason}, and it cannot be moved aside: {obstacle}",
    "token_file_version": "it is of version {found}, not {known}",
    "token_file_not_json": "it is no token file: no valid JSON",
    "token_file_malformed": "it is no token file: {problem}",
    "renewal_lock_held": "Another process has held {path} for {seconds:g} s; going on without the lock",
    "keyring_gives_no_login": "The system's keyring does not give the login of '{account}': {reason}",
    "keyring_may_hold_login": (
        "The system's keyring may still hold '{account}' of '{service}', delete it there by hand: {reason}"
    ),
    "keyring_package_missing": "its package is missing: pip install 'aizoomdoc-client[keyring]'",
    "keyring_keeps_nothing": "it does not keep what it is given",
    "keyring_holds_something_else": "nothing of ours is there",
    "keyring_failed": "it raised {error}",
    # Files on this machine
    "file_unreadable": "'{path}' cannot be read: {reason}",
    "file_is_folder": "'{path}' is a folder",
    "file_is_not_regular": "'{path}' is not a file",
    "file_is_symlink": "it is a symbolic link",
    "file_is_no_regular_file": "it is no regular file",
    "lock_held": "another process has held {name} for {seconds:g} s",
    "no_folder": "There is no folder '{folder}' to save into",
    "folder_not_writable": "Cannot write into '{folder}': {reason}",
    "file_not_saved": "{path:quoted} cannot be saved: {reason}",
    "names_taken": "Too many files are named like {name}",
    # Uploads and downloads
    "upload_type": "Cannot upload {type}: pass a path, bytes or a file opened in binary mode",
    "upload_without_name": "The file needs a name: pass filename=",
    "upload_gave_no_bytes": "{filename} gave {type} instead of bytes when it was read",
    "upload_at_its_end": "{filename} stands at its end, so that nothing would be sent: seek(0) first",
    "the_file": "The file",
    "upload_shrank": "{filename} became shorter while it was sent: {sent} of {size} bytes",
    "upload_had_nothing": "{filename} had nothing to read: was it read to its end before?",
    "upload_not_replayable": "{filename} was read and cannot be rewound: pass a path, bytes or a seekable file",
    "upload_too_large": (
        "{filename} is too large: at most {limit:bytes} are taken, and it has {size:,} bytes (see upload_limits)"
    ),
    "more": "more",
    "upload_cut_off": (
        "The connection broke off after {sent:bytes} of {filename}: the server, or a proxy before it, may take no file "
        "of this size, or it failed just then"
    ),
    "download_without_place": "The server does not say where {filename} can be downloaded",
    "download_place_malformed": "The server names a download address that is no URL",
    "download_too_large": "The file is larger than max_bytes allows ({limit:bytes})",
    # The connection
    "connect_timeout": "Connecting to the server took too long: more than {seconds:g} s",
    "request_timeout": "The server took too long to answer",
    "websocket_timeout": "Opening the WebSocket took too long: more than {seconds:g} s",
    "tls_failed": "TLS with the server failed: {reason}",
    "name_not_resolved": "The server's name '{host}' cannot be resolved",
    "connection_refused": "No connection to {host}:{port}: nobody answers there",
    "connection_failed": "No connection to {host}:{port}: {reason}",
    "connection_broke_off": "The connection broke off: {reason}",
    "server_disconnected": "Server disconnected",
    "body_incomplete": "The response's body is incomplete",
    "request_not_sent": "The request could not be sent: {reason}",
    "websocket_failed": "No WebSocket connection: {reason}",
    "websocket_handshake_cut_off": "The connection broke off during the WebSocket handshake",
    "websocket_awaited": "Waiting for the server's answer to the WebSocket handshake, for up to {limit:g} s",
    "websocket_doubted": (
        "The WebSocket handshake was not answered: a proxy or an antivirus may drop it. A run may have begun all the same, so "
        "its answer is waited for, for up to {seconds:g} s; then, and in the next hours, server-sent events come first"
    ),
    "proxy_refused": "The proxy does not connect to the server: {reason}",
    "proxy_malformed": "{name} is no URL of an HTTP proxy, such as http://proxy.example:3128",
    "proxy_is_socks": ("{name} names a SOCKS proxy, which is not supported: name an HTTP proxy, or list the server in NO_PROXY"),
    "setting_empty": "{name} is empty",
    "setting_not_utf8": "{name} has bytes in it that are not UTF-8: was it saved or typed in another encoding?",
    "ca_file_unusable": "The certificates in ca_file, {path}, cannot be used: {reason}",
    "client_certificate_unusable": "The client certificate and its key, in {path}, cannot be used: {reason}",
    "client_key_alone": "client_key needs client_certificate: a key without a certificate is of no use",
    "session_decides": "With an own http_session it decides on {names:list} itself: leave these out, or leave out the session",
    "not_a_session": "http_session must be an aiohttp.ClientSession or a function that makes one, not {type}",
    "session_closed": "The http_session is closed: make the client with one that stays open as long as it is used",
    "session_of_another_loop": (
        "The http_session belongs to another event loop: pass a function that makes one, which is called in each loop; the sync "
        "client, whose loop runs in the background, always needs that"
    ),
    "session_not_pickled": (
        "A client with an own http_session cannot be pickled: pass a function of a module that makes one, or make the client "
        "anew where it is used"
    ),
    "not_pem": "no certificates in PEM format, or a key that is encrypted or of another certificate",
    "headers_malformed": "{name} must be headers: names with their values, in the environment one a line, as Name: value",
    "header_unusable": "The header {header} cannot be sent: its name, or characters of its value, are not allowed",
    "header_of_the_client": "The header {header} is set by the client itself",
    "header_twice": "The header {header} is given twice",
    "client_closed": "The client was closed while this was under way",
    # What a server's response means
    "request_query_too_long": "The request is too long for the server: pass less in {parameter}",
    "request_too_long": "The request is too long for the server: its headers or its address are",
    "redirect_refused": "The server redirects, which is not followed: correct the server URL",
    "redirect_refused_to": "The server redirects to {target}, which is not followed: correct the server URL",
    "response_head_too_large": "A header line of the response is longer than {limit:bytes}",
    "response_too_large": "The response is larger than {limit:bytes} ({received:bytes} were received)",
    "too_many_values": "The server sent more than {most:,} lists and objects at once: {excerpt}",
    "not_json": "The server sent what is not JSON ({reason}): {excerpt}",
    "json_byte_order_mark": "it begins with a BOM",
    "json_no_number": "{name} is no JSON number",
    "json_number_out_of_range": "a number out of range",
    "not_utf8": "invalid UTF-8 at byte {position}",
    "json_syntax": "{problem} at character {position}",
    "response_does_not_fit": "The server's answer does not fit {model}: {problems}",
    # Posting a question
    "open_answer_not_read": "An answer in this chat is open and nobody reads it: close it, or read it to its end, first",
    "other_question_posted": "Another question was asked in this chat meanwhile, and the server would answer that one",
    "message_not_posted": "The message was not posted, for the chat's history could not be read first: {reason}",
    "message_cancelled_on_its_way": "The message was on its way when sending it was cancelled: look into the chat's history",
    "delivery_unknown": "Nobody can tell whether the message was stored, and it was not sent again: {reason}",
    # The answer
    "answer_timeout_first_event": "The answer began later than its time-out allows",
    "answer_timeout_idle": "The answer was silent for longer than its time-out allows",
    "answer_timeout_total": "The answer took longer in all than its time-out allows",
    "not_an_event_stream": "The stream is {content_type}, not text/event-stream",
    "stream_compressed": "The stream is compressed by {encoding}, which was not asked for: a proxy's setting, perhaps",
    "not_a_websocket": "The server does not speak WebSocket here ({error})",
    "stream_token_refused": "The server does not accept the access token{said:after: }",
    "stream_refused": "The server refuses the stream{said:after: }",
    "stream_without_question": "There is no such chat, or no question in it{said:after: }",
    "connection_closed": "The connection closed with code {close_code}{said:after: } before the final text",
    "connection_dropped": "The connection closed without a closing handshake before the final text",
    "stream_ended": "The stream ended before the final text",
    "completed_without_answer": "The server said that it was done, and had not sent the final text",
    "frame_too_large": "A frame of the answer is larger than max_frame_bytes allows",
    "frame_not_an_event": "The server sent a frame that is no event: {excerpt}",
    "event_without_name": "The server sent an event without a name: {excerpt}",
    "answer_lost": "The answer broke off and is not in the chat's history either: {reason}",
    "history_cannot_tell": "The stream broke off, and the chat's history cannot show whether the question was answered",
    "history_unreadable": "Whether the question was answered is unknown, for the chat's history could not be read: {reason}",
    "answer_taken_up": "The answer is taken up again",
    "rerun_forbidden": "The chat's history has no answer to the message, and rerun=False forbids to run the model",
    "message_not_shown": "The chat's history does not show the message, so whether it was answered is unknown",
    "not_a_question": "Only the answer to a user's message can be taken up, and this is one of the {role}",
    "answer_not_proven": "An answer came, and the chat's history cannot show that it is to this question",
    "other_question_before_answer": "Another question was asked in this chat before the answer was complete",
    "answer_may_be_to_other_question": "Another question was asked in this chat: the answer may be to that one",
    "opening_given_up": "The stream was given up while it was opened",
    "answer_not_read": "The answer was given up: nobody came back to read it",
    "answer_closed": "The answer was closed before its end",
    "event_loop_ended": "The event loop has ended",
    "program_ended": "The program was ending while the answer came",
    "answer_of_parent_process": "This answer belongs to the parent process: ask again in this one",
    # What a server accepted and did not do (warnings)
    "settings_not_kept": "The server accepted settings and did not keep them: {names:list}",
    "chat_list_truncated": "The server lists {most} chats at the most: there may be more",
    "files_not_shown": "The server does not say that its model will see these files: {names:list}{advice:after; }",
    "files_up_to": "give it files of at most {limit:bytes}",
    "files_as_source": "pass the path or the bytes in files=",
    "the_telemetry": "Telemetry by OpenTelemetry",
}
