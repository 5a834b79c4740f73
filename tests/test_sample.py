"""The sample note: its known pages answer the guide's questions, and its script reproduces it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pypdfium2
import pytest

SAMPLE = Path(__file__).parent.parent / "docs" / "sample"
NOTE = SAMPLE / "note.pdf"


def pages(source: Path | bytes) -> list[str]:
    document = pypdfium2.PdfDocument(source)
    return [" ".join(document[number].get_textpage().get_text_range().split()) for number in range(len(document))]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_note", SAMPLE / "build_note.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


@pytest.fixture(scope="module")
def fonts(script: ModuleType) -> Path:
    try:
        found: Path = script.find_fonts()
    except FileNotFoundError:
        pytest.skip("DejaVu Sans is not installed")
    return found


@pytest.mark.parametrize(
    ("page", "passage"),
    [
        (3, "Высота первого этажа составляет 4,20 м, второго и третьего этажей — по 3,60 м, четвёртого этажа — 3,90 м"),
        (5, "В системе В2 установлено следующее оборудование: канальный вентилятор КВ 50-30"),
        (5, "В2 Лаборатории 110–114 2450 420 КВ 50-30 500 × 300 ШП 50-30 пом. 119"),
        (6, "ВРУ-1 находится в электрощитовой, помещение 104 первого этажа, в осях 2–3/А–Б"),
        (6, "Нормативные расстояния. Расстояние от ВРУ-1 до трубопроводов отопления 1,35 м"),
        (6, "Доступность для обслуживания. Проход перед ВРУ-1 имеет ширину 1,25 м"),
        (6, "Пути эвакуации. Дверь электрощитовой 0,9 × 2,1 м"),
    ],
)
def test_a_question_has_its_answer_on_one_known_page(page: int, passage: str) -> None:
    """The passage reads as prose on its page, and on no other."""
    assert [page] == [number for number, text in enumerate(pages(NOTE), start=1) if passage in text]


@pytest.mark.parametrize(("name", "page"), [("В2", 5), ("ВРУ-1", 6)])
def test_a_name_stands_on_its_page_only(name: str, page: int) -> None:
    """An answer that quotes another page for this name is a wrong one."""
    assert [page] == [number for number, text in enumerate(pages(NOTE), start=1) if name in text]


def test_the_note_is_what_its_script_makes(script: ModuleType, fonts: Path) -> None:
    """The committed document matches the script's text."""
    assert pages(script.build(fonts)) == pages(NOTE)


def test_building_twice_gives_the_same_bytes(script: ModuleType, fonts: Path) -> None:
    """The document has no build date or random id."""
    assert script.build(fonts) == script.build(fonts)


def test_missing_fonts_are_named(script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the fonts the script says in one line what is missing, where, and what to do."""
    code = script.main(["--font-dir", str(tmp_path), "--out", str(tmp_path / "note.pdf")])

    expected = f"build_note: no DejaVuSans.ttf and DejaVuSans-Bold.ttf in {tmp_path}: "
    assert (1, True) == (code, capsys.readouterr().err.startswith(expected))


def test_a_section_longer_than_its_page_is_refused(script: ModuleType, fonts: Path) -> None:
    """A text that would spill over and shift the known pages stops the build."""
    section = script.Section("Длинный", (script.Paragraph("слово " * 2000),))
    with pytest.raises(ValueError, match="does not fit on one page"):
        script.build(fonts, [section])
