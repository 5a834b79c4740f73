"""The Russian templates of what is said of answers that are to have the shape of a class."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    # The class
    "schema_no_class": "schema — это класс attrs, dataclass или list[…] из них, а не {found}",
    "schema_without_fields": "в классе {name} нет полей, о которых можно спросить",
    "schema_type": "поле {field} запросить нельзя: тип {type} не подходит для структурированного ответа",
    "schema_not_made": "{name} нельзя создать из одних его полей: {reason}",
    "class_is_abstract": "он абстрактный",
    "schema_unresolved": "типы полей {name} не найдены: {reason}",
    "schema_too_deep": "{field}: слишком глубокая вложенность для структурированного ответа, уровней больше {most}",
    "schema_too_many_fields": "в схеме больше {most} полей",
    # The file of fields
    "fields_file_unreadable": "файл полей {path} использовать нельзя: {reason}",
    "fields_malformed": "это не TOML{said:unsaid}; поле записывается как [fields.height], имя не из латинских букв — в кавычках",
    "fields_repeated": "имя или таблица встречается второй раз; дайте другое имя",
    "fields_file_too_large": "он больше {most:bytes}",
    "fields_file_empty": "в нём нет таблиц [fields.ИМЯ]",
    "fields_entry": "{where} — не таблица: напишите [{where}]",
    "fields_name": "{name:quoted} не может быть именем поля: имя начинается с буквы, дальше буквы, цифры и подчёркивания",
    "fields_keyword": "{name:quoted} не может быть именем поля: это служебное слово Python",
    "fields_key": "в {where} указано {key:quoted}, а можно только {known:list}",
    "fields_value": "{where}.{key}: подходит только {expected}",
    "fields_type": "{where}.type: можно {known:list}, а не {found:quoted}",
    # What does not fit
    "answer_format": "ответ не подходит под схему: {problems:line}",
    "field_problem": "{field}: {problem}",
    "value_missing": "нет значения",
    "value_refused": "значение не принято: {reason}",
    "unfit_value": "{value:quoted} не подходит, нужно: {expected}",
    "ambiguous_number": "{value:quoted} — это тысячи или дробь? Нужно число JSON",
    "reply_without_json": "в нём нет JSON",
    "reply_not_json": "JSON в нём испорчен: {problem}",
    "reply_of_several": "в нём несколько значений JSON, и ответом может быть каждое",
    "reply_repeats_name": "{name:quoted} стоит в одном объекте дважды, с разными значениями",
    "reply_too_long": "в нём больше {most:,} символов",
    "reply_too_deep": "в нём слишком глубокая вложенность, уровней больше {most}",
    "reply_half_character": "в нём есть непарные суррогаты, а это не символы",
    # What is expected
    "expected_text": "текст",
    "expected_number": "число",
    "expected_whole": "целое число",
    "expected_yes_no": "true или false",
    "expected_date": "дата (ГГГГ-ММ-ДД)",
    "expected_moment": "дата со временем (ГГГГ-ММ-ДДTЧЧ:ММ:СС)",
    "expected_time": "время (ЧЧ:ММ:СС)",
    "expected_list": "список",
    "expected_object": "объект",
    "expected_choice": "одно из: {values:list}",
}
