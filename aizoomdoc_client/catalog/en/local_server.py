"""The English templates of the servers of this package: their data, their language model, the documents that they read."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # The servers of this package
    "extra_missing": "{part} needs {packages:list}: run `pip install 'aizoomdoc-client[{extra}]'`",
    "the_local_server": "The local server",
    "the_search_by_meaning": "The search by meaning (--embed-model)",
    "the_scripted_server": "The scripted server",
    "local_setting_too_small": "{name} of the local server must be {least:g} or more, not {value:quoted}",
    "local_port_out_of_range": "{name} must be between 0 (any free one) and 65535, not {value:quoted}",
    "local_token_unusable": "A static token of the local server must not be empty or have control characters in it",
    "local_tokens_equal": "Two users of the local server cannot have the same static token",
    "allowed_host_unusable": "An allowed host is a name without scheme and port, as docs.example.org, or *, not {value:quoted}",
    "projects_folder_missing": "The projects folder {path} is not there: create it, or choose another one (--projects)",
    "data_folder_not_writable": (
        "The data folder {path} of the local server cannot be written: {reason}; choose another one (--data)"
    ),
    "data_folder_in_use": "Another local server runs on the data folder {path}: stop it or choose another folder (--data)",
    "secret_file_unusable": "The secret file {path} cannot be used: {reason}",
    "secret_file_empty": "The secret file {path} is empty: delete it, and a new secret is made",
    "port_in_use": "The port {port} of {host} is in use: stop what listens there or choose another port (--port, 0 for any)",
    "port_in_use_by_server": (
        "The port {port} of {host} is in use: an AIZoomDoc server is there already;"
        " use it (--server {url}) or choose another port (--port, 0 for any)"
    ),
    "host_unknown": "The host {host} is unknown: use 127.0.0.1 or an address of this machine",
    "cannot_listen": "The local server cannot listen on port {port} of {host}: {reason}",
    "database_unusable": "The database {path} cannot be used: {reason}",
    "database_newer": (
        "The database {path} was made by a newer version: upgrade aizoomdoc-client or choose another journal or data folder"
    ),
    # The language model of the local server
    "llm_url_unusable": (
        "The URL of the language model must look like http://host[:port][/path], without a user name, a query or a fragment; "
        "a key belongs in an environment variable (--llm-key-env)"
    ),
    "llm_name_unusable": "{name} of the language model must not be empty or have control characters in it",
    "llm_key_missing": "The environment variable {name} has no key for the language model: set it, or leave out --llm-key-env",
    "llm_options_apart": "--llm-url and --llm-model go together, and the other options of a language model need both",
    "llm_unreachable": "The language model at {host} cannot be reached ({reason}): check that it runs, and --llm-url",
    "llm_no_connection_in_time": "no connection within {seconds:g} s",
    "llm_host_unknown": "the host is unknown",
    "llm_certificate_refused": "its TLS certificate is not valid",
    "llm_key_needed": "The server of the language model needs a key ({status}): name the variable that has it (--llm-key-env)",
    "llm_key_refused": "The server of the language model refused the key ({status}): check the variable {name}",
    "llm_model_unknown": (
        "The language model {model:quoted} is not known to its server: load it there, or choose another one (--llm-model)"
    ),
    "llm_no_interface": "There is no OpenAI-compatible interface at {host} ({status}): check --llm-url",
    "llm_busy": "The language model is overloaded, or its quota is used up ({status}){said:after: }; ask again later",
    "llm_server_failed": "The server of the language model failed ({status}){said:after: }; ask again",
    "llm_request_refused": "The server of the language model refused the request ({status}){said:after: }",
    "llm_failed": "The language model failed{said:after: }; ask again",
    "llm_answer_unreadable": "The server at {host} does not answer as an OpenAI-compatible one: check --llm-url",
    "llm_answer_late": "The language model did not begin its answer within {seconds:g} s: ask again, or choose a faster model",
    "llm_answer_stalled": "The language model stopped in the middle of its answer, nothing came for {seconds:g} s; ask again",
    "llm_answer_broken_off": "The connection to the language model broke before the answer was complete; ask again",
    "llm_answer_filtered": "The language model's content filter stopped the answer: put the question in other words",
    "llm_answer_empty": "The language model ended without an answer: ask again, or in other words",
    # Documents
    "document_unreadable": "'{name}': {reason}",
    "document_needs_memory": "it takes too much memory to read",
    "document_not_read": "the file could not be read",
    "document_broke_reader": "the reader broke on it twice; save it anew, or print it to a PDF",
    "document_broke_server": "the server ended twice while reading it",
    "document_too_slow": "it takes too long to read; save it anew, or print it to a PDF",
    "document_tried_again": "{reason} (tried again after {day})",
    "archive_broken": "the file is damaged or not an archive that can be opened; save it anew",
    "archive_too_large": "it would unpack to more than {size:bytes}; divide it",
    "text_too_large": "it has more than {size:bytes} of text; divide it",
    "office_broken": "the file is damaged or protected by a password; save it anew without a password",
    "document_without_text": "it has no text, only white space",
    "workbook_not_calculated": "it has formulas only, without results; open it in Excel or LibreOffice and save it",
    "document_binary": "an unknown binary format; upload a PDF, DOCX, XLSX, Markdown, HTML or text file",
    "document_cannot_be_opened": "the file cannot be opened ({reason})",
    "folder_cannot_be_opened": "the folder cannot be opened ({reason})",
    "folder_too_deep": "the folder lies too deep: at most {most} folders inside of one another are read",
    "document_empty": "the file is empty; upload it again",
    "document_unsupported": "this server does not read {kind}; save it as a PDF with text",
    "kind_archive": "an archive or an Office document",
    "kind_old_office": "a document of an old Office",
    "kind_other_office": "an RTF or OpenDocument file",
    "kind_image": "an image other than PNG, JPEG, TIFF, BMP and WebP",
    "kind_print": "a DjVu or PostScript document",
    "kind_drawing": "a DWG or DXF drawing",
    "document_page_without_text": "there is no text on the page",
    "pdf_broken": "the PDF is broken; save or download it again",
    "pdf_protected": "it is protected by a password; remove the protection and upload it again",
    "image_broken": "the image is broken; save or download it again",
    "image_too_large": "it has too many pixels: at most {most} are read, and {side} on a side; save it with a lower resolution",
    "image_not_recognized": (
        "it is an image, and no text was recognized in it in time; where there is any, scan it anew, large sheets more coarsely"
    ),
    "image_needs_recognition": (
        "it is an image; install Tesseract, which recognizes text (Debian and Ubuntu:"
        " `apt install tesseract-ocr tesseract-ocr-rus`; macOS: `brew install tesseract tesseract-lang`; Windows: its installer,"
        " with Russian), and restart the server"
    ),
    "image_recognition_off": "it is an image, and the recognition of text is turned off (--no-ocr)",
    "pdf_recognition_off": (
        "it has no text, a scan or a drawing without captions, and the recognition of text is turned off (--no-ocr)"
    ),
    "pdf_without_text": (
        "it has no text, a scan or a drawing without captions; install Tesseract, which recognizes text (Debian and Ubuntu:"
        " `apt install tesseract-ocr tesseract-ocr-rus`; macOS: `brew install tesseract tesseract-lang`; Windows: its installer,"
        " with Russian), and restart the server"
    ),
    "pdf_not_recognized": "it has no text, a scan or a drawing without captions, and none was recognized; scan it anew",
    "pdf_garbled": "its letters cannot be made out, as its fonts do not say which they are; run OCR on it and upload it again",
    "pdf_only_files": "it has no text of its own, only other files: {names:list}; upload those",
}
