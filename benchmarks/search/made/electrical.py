"""Power supply: a one-line diagram, a journal of cables, a fire alarm note."""

from __future__ import annotations

from .heating import OBJECT
from .sheets import Sheets

NAMES = (("Разраб.", "Кузьмина"), ("Пров.", "Авдеев"), ("ГИП", "Берсенев"), ("Н.контр.", "Лапшина"))
JOURNAL_SHEETS, LINES_A_SHEET = 6, 20


def one_line_diagram() -> bytes:
    """A drawing on one A3 sheet: labels beside feeders, a part of them turned."""
    sheets = Sheets("27-2024-ЭОМ", f"{OBJECT}", paper="A3", orientation="landscape")
    sheets.add_page()
    sheets.label(30, 34, "Ввод 1 от ТП-1284, РУ-0,4 кВ, 2×ААБл 4×185", size=10)
    sheets.label(230, 34, "Ввод 2 от ТП-1284, РУ-0,4 кВ, 2×ААБл 4×185", size=10)
    sheets.label(30, 44, "ВРУ-1, панель вводная ВРУ1-11-10 УХЛ4, Iн = 400 А", size=10)
    sheets.label(230, 44, "Pр = 286,4 кВт; Iр = 462 А; cos φ = 0,94", size=10)
    sheets.label(30, 54, "АВР на контакторах, время переключения 0,3 с, питает ППУ", size=10)
    sheets.label(230, 54, "Счётчик Меркурий 230 ART-03, трансформаторы тока Т-0,66 400/5", size=10)
    feeders = [
        ("QF1", "ЩО-1", "ВВГнг(А)-LS 5×10", "12,6 кВт", "Освещение 1 этажа"),
        ("QF2", "ЩО-2", "ВВГнг(А)-LS 5×10", "11,9 кВт", "Освещение 2 этажа"),
        ("QF3", "ЩР-1", "ВВГнг(А)-LS 5×16", "24,8 кВт", "Розетки 1 этажа"),
        ("QF4", "ЩВ-1", "ВВГнг(А)-LS 5×25", "41,3 кВт", "Вентиляция, венткамера 009"),
        ("QF5", "ЩР-РГ", "ВВГнг(А)-LS 5×50", "63,0 кВт", "Рентгенаппарат"),
        ("QF6", "ШУ-ИТП", "ВВГнг(А)-LS 5×6", "7,5 кВт", "Тепловой пункт"),
        ("QF7", "ППУ", "ВВГнг(А)-FRLS 5×16", "28,2 кВт", "Противопожарные устройства"),
        ("QF8", "ЩАО", "ВВГнг(А)-FRLS 5×4", "3,1 кВт", "Аварийное освещение"),
        ("QF9", "ЩЛ", "ВВГнг(А)-FRLS 5×10", "14,0 кВт", "Лифты"),
    ]
    for number, (breaker, board, cable, power, load) in enumerate(feeders):
        x = 40 + number * 38
        sheets.line(x, 64, x, 205)
        sheets.label(x - 2, 78, breaker)
        sheets.label(x - 2, 150, cable, turned=True)
        sheets.label(x + 5, 150, load, turned=True)
        sheets.label(x - 4, 212, board)
        sheets.label(x - 4, 218, power)
    sheets.title_block("Схема электрическая принципиальная однолинейная ВРУ-1", "б/м", NAMES)
    return sheets.bytes()


def cable_journal() -> bytes:
    """Sheets of rows that differ in their numbers only: one type of cable all through."""
    sheets = Sheets("27-2024-ЭОМ.КЖ", "Кабельный журнал")
    head = ["Обозначение", "Начало", "Конец", "Марка, сечение", "Длина, м", "Способ прокладки"]
    for sheet in range(JOURNAL_SHEETS):
        sheets.add_page()
        sheets.rows(
            head, [_cable(sheet * LINES_A_SHEET + line) for line in range(1, LINES_A_SHEET + 1)], [26, 24, 30, 46, 20, 34]
        )
    return sheets.bytes()


def _cable(number: int) -> list[str]:
    board = ("ЩО-1", "ЩО-2", "ЩР-1", "ЩВ-1", "ЩР-РГ", "ППУ")[(number - 1) // LINES_A_SHEET]
    length = f"{17 + number * 7 % 83},{number * 3 % 10}"
    way = ("лоток", "труба ПВХ 25", "короб 60×40")[number % 3]
    return [f"К-{number:03}", board, f"Потребитель {100 + number}", "ВВГнг(А)-LS 3×2,5", length, way]


def fire_alarm() -> bytes:
    """A note of three sheets on the fire alarm, and its symbols."""
    sheets = Sheets("27-2024-АПС.ПЗ", f"{OBJECT}. Автоматическая пожарная сигнализация и СОУЭ")
    sheets.add_page()
    sheets.chapter("1 Принятые решения")
    sheets.say(
        "Автоматическая пожарная сигнализация построена на адресном приёмно-контрольном приборе «Рубеж-2ОП» прот. R3, "
        "установленном в помещении охраны 101 с круглосуточным пребыванием людей.",
        "Защищаемые помещения оборудуются адресными дымовыми извещателями ИП 212-64, коридоры и лестничные клетки — ручными "
        "извещателями ИПР 513-11 на высоте 1,5 м от пола. В буфете устанавливаются тепловые извещатели ИП 101-29.",
        "Расстояние между дымовыми извещателями не более 9,0 м, от извещателя до стены не более 4,5 м.",
    )
    sheets.add_page()
    sheets.chapter("2 Оповещение и управление эвакуацией")
    sheets.say(
        "Система оповещения и управления эвакуацией — третьего типа: речевые оповещатели, световые табло «Выход», знаки направления "
        "движения. Уровень звука не менее чем на 15 дБА выше допустимого шума.",
        "Речевые сообщения передаются усилителем «Соната-К-120М»; запас мощности усилителя 20 %. Запуск оповещения — через 30 с "
        "после срабатывания двух извещателей одной зоны.",
    )
    sheets.add_page()
    sheets.chapter("3 Электропитание и кабели")
    sheets.say(
        "Электроприёмники сигнализации относятся к первой категории надёжности. Резервное питание — аккумуляторные батареи 12 В, "
        "17 А·ч; работа в дежурном режиме 24 ч и в режиме тревоги 1 ч.",
        "Шлейфы выполняются кабелем КПСнг(А)-FRLS 1×2×0,75, линии оповещения — КПСнг(А)-FRLS 1×2×1,5 в огнестойкой кабельной линии.",
    )
    return sheets.bytes()
