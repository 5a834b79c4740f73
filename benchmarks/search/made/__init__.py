"""Construction documents of an invented polyclinic, built when they are needed; the same code and fonts give the same bytes.

Contract: `build` writes them into a folder and knows nothing of questions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from . import architecture, electrical, heating, office, site

DOCUMENTS: Mapping[str, Callable[[], bytes]] = {
    "АР/Общие данные.pdf": architecture.general_data,
    "АР/План 1 этажа.pdf": architecture.floor_plan,
    "Блок 1/План.pdf": partial(architecture.ventilation_plan, "1", "2150"),
    "Блок 2/План.pdf": partial(architecture.ventilation_plan, "2", "2750"),
    "ВК/Пояснительная записка ВК.pdf": site.water,
    "Задание/Задание на проектирование.docx": office.brief,
    "ИД/Акты скрытых работ.pdf": site.acts,
    "КЖ/Фундаменты.pdf": architecture.foundations,
    "АР/Ведомость отделки и дверей.xlsx": office.finishes,
    "ОВ/Пояснительная записка ОВ.pdf": heating.note,
    "ОВ/Спецификация.pdf": heating.specification,
    "Обследование/Техническое заключение.pdf": site.survey,
    "ПБ/Пожарная безопасность.pdf": architecture.fire_safety,
    "Протоколы/Протокол № 9.html": office.minutes,
    "СС/Пожарная сигнализация.pdf": electrical.fire_alarm,
    "Сметы/ЛСР 02-01-07.pdf": site.estimate,
    "ЭОМ/Кабельный журнал.pdf": electrical.cable_journal,
    "ЭОМ/Однолинейная схема.pdf": electrical.one_line_diagram,
}


def build(folder: Path) -> dict[str, Path]:
    """The documents by their names, written into the folder; raises `FileNotFoundError` where DejaVu is not installed."""
    paths = {name: folder / name for name in DOCUMENTS}
    for name, path in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(DOCUMENTS[name]())
    return paths
