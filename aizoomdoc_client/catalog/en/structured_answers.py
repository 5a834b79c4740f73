"""The English templates of what is said of answers that are to have the shape of a class."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # The class
    "schema_no_class": "schema must be an attrs class, a dataclass, or list[…] of one, not {found}",
    "schema_without_fields": "The class {name} has no fields to ask for",
    "schema_type": "{field} cannot be asked for: {type} is no type of a structured answer",
    "schema_not_made": "{name} cannot be made of its fields alone: {reason}",
    "class_is_abstract": "it is abstract",
    "schema_unresolved": "The types of {name} cannot be found: {reason}",
    "schema_too_deep": "{field} is nested too deeply for a structured answer: more than {most} levels",
    "schema_too_many_fields": "The schema has more than {most} fields",
    # The file of fields
    "fields_file_unreadable": "The file of fields {path} cannot be used: {reason}",
    "fields_malformed": "this is no TOML ({said}); write [fields.height], a name of other than Latin letters in quotes",
    "fields_repeated": "a name or a table is there twice; give one of them another name",
    "fields_file_too_large": "it is larger than {most:bytes}",
    "fields_file_empty": "it has no table [fields.NAME]",
    "fields_entry": "{where} is no table: write [{where}]",
    "fields_name": "{name:quoted} cannot name a field: begin with a letter, and use letters, digits and underscores",
    "fields_keyword": "{name:quoted} cannot name a field: it is a word of Python itself",
    "fields_key": "{where} has {key:quoted}, which is not one of {known:list}",
    "fields_value": "{where}.{key} must be {expected}",
    "fields_type": "{where}.type must be one of {known:list}, not {found:quoted}",
    # What does not fit
    "answer_format": "The answer does not fit the schema: {problems:line}",
    "field_problem": "{field}: {problem}",
    "value_missing": "no value",
    "value_refused": "not accepted: {reason}",
    "unfit_value": "{value:quoted} is not {expected}",
    "ambiguous_number": "{value:quoted} may be thousands or a fraction: write it as a JSON number",
    "reply_without_json": "there is no JSON in it",
    "reply_not_json": "its JSON is broken: {problem}",
    "reply_of_several": "it has more than one JSON value that could be the answer",
    "reply_repeats_name": "{name:quoted} stands twice in one object, with different values",
    "reply_too_long": "it is longer than {most:,} characters",
    "reply_too_deep": "it is nested too deeply: more than {most} levels",
    "reply_half_character": "there are unpaired surrogates in it, which are no characters",
    # What is expected
    "expected_text": "text",
    "expected_number": "a number",
    "expected_whole": "a whole number",
    "expected_yes_no": "true or false",
    "expected_date": "a date (YYYY-MM-DD)",
    "expected_moment": "a date with a time (YYYY-MM-DDTHH:MM:SS)",
    "expected_time": "a time of day (HH:MM:SS)",
    "expected_list": "a list",
    "expected_object": "an object",
    "expected_choice": "one of {values:list}",
}
