"""The questions of `nox -s search`: their places are right, a rule puts some aside, and the short form finds what it did."""

from __future__ import annotations

from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from aizoomdoc_client.local import LLMSettings
from aizoomdoc_client.local.reading import Document, Page, UnreadableDocumentError, read_document
from benchmarks.search import made
from benchmarks.search.__main__ import main, measure
from benchmarks.search.corpus import WANTED, CorpusError, manuals, names
from benchmarks.search.pages_bm25 import Found, PagesBM25
from benchmarks.search.product import EmbeddingsError
from benchmarks.search.questions import KINDS, Part, Place, Question, folded, is_put_aside, load
from benchmarks.search.recall import Outcome, misses, table
from tests.local.model_endpoint import endpoint_stand_in, refused

PARTS: list[Part] = ["development", "held_out"]
FOUND_AMONG_FOUR = [
    "из чего сделана кровля и какой утеплитель на ней",
    "как испытывают системы отопления на давление",
    "куда отводят конденсаты от сплит-систем",
    "время переключения АВР",
    "ток вводной панели ВРУ",
    "характеристика рекуператора бассейна ЛФК",
    "КЛОП-1 сколько штук",
    "чем питается ЩР-РГ",
    "Пм-1 хомуты",
    "бетонирование 64.8 м3 какой акт",
    "насос 9.2 м3/ч напор 8.5",
    "размер шахты лифта 2650х1980",
    "кратность вытяжки в процедурной",
    "площадь регистратуры",
    "расход вытяжки В12 в блок-секции 2",
    "ширина подъезда для пожарной машины",
]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    try:
        return made.build(tmp_path_factory.mktemp("made"))
    except FileNotFoundError:
        pytest.skip("DejaVu Sans is not installed")


@pytest.fixture(scope="module")
def texts(documents: dict[str, Path]) -> dict[str, Document]:
    read = dict[str, Document]()
    for name, path in documents.items():
        try:
            read[name] = read_document(path)
        except UnreadableDocumentError:
            continue  # the formats of Office need what may not be installed
    return read


def question(**changes: object) -> Question:
    usual = {"text": "где ВРУ", "language": "ru", "kind": "code", "places": (Place(document="a.pdf", pages=(2,)),)}
    return Question(**{**usual, **changes})  # type: ignore[arg-type]  # tests give what fits


def test_there_are_enough_questions_and_documents() -> None:
    """Eighty questions at the least, of each kind and in both languages, about ten made documents and more."""
    questions = [each for part in PARTS for each in load(part)]

    assert len(questions) >= 80
    assert set(KINDS) == {each.kind for each in questions}
    assert {"ru", "en"} == {each.language for each in questions}
    assert len(made.DOCUMENTS) >= 10
    assert len(names(WANTED)) >= 40
    assert len(questions) == len({each.text for each in questions})


def test_every_document_that_a_question_names_is_there() -> None:
    """A name that is spelt wrongly would leave a question out of every run."""
    there = {*made.DOCUMENTS, *names(WANTED)}

    assert [] == [each.text for part in PARTS for each in load(part) if not {place.document for place in each.places} <= there]


def test_manuals_are_fetched_once_and_only_by_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are there are taken as they are; where apt is missing, one that is not there is an error that says so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in names(WANTED):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"%PDF-")

    assert names(WANTED) == list(manuals(tmp_path))

    (tmp_path / names(WANTED)[0]).unlink()
    with pytest.raises(CorpusError, match="apt-get and dpkg-deb are needed"):
        manuals(tmp_path)


def test_what_is_put_aside_is_never_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """The misses of the part put aside cannot be looked at by mistake."""
    assert 2 == main(["--held-out", "--verbose"])
    assert "put aside" in capsys.readouterr().err


@pytest.mark.parametrize("part", PARTS)
def test_the_rule_alone_says_which_questions_are_put_aside(part: Part) -> None:
    """No question stands in the wrong file, so that none was moved there for its result."""
    assert [] == [each.text for each in load(part) if is_put_aside(each.text) != (part == "held_out")]


@pytest.mark.parametrize("part", PARTS)
def test_the_answers_stand_where_the_questions_say(part: Part, texts: dict[str, Document]) -> None:
    """Each page of a made document that a question names exists and has the phrase, where there is one."""
    wrong = []
    for each in load(part):
        for place in each.places:
            if document := texts.get(place.document):
                pages = {page.number: folded(page.text) for page in document.pages}
                anywhere = tuple(number for number, text in pages.items() if folded(each.phrase) in text) or tuple(pages)
                named = place.pages or anywhere
                wrong += [each.text for number in named if folded(each.phrase) not in pages.get(number, "")]
                wrong += [each.text for number in named if number not in pages]

    assert [] == wrong


def test_the_made_documents_have_the_same_bytes_each_time(documents: dict[str, Path], tmp_path: Path) -> None:
    """Figures of two runs are about the same documents."""
    again = made.build(tmp_path)

    assert [] == [name for name, path in again.items() if path.read_bytes() != documents[name].read_bytes()]


def test_a_quote_answers_by_its_page_and_phrase() -> None:
    """The right document, the right page and, apart from spaces and bars, the phrase: nothing less."""
    asked = question(phrase="Iн = 400 А")

    assert asked.answered_by("a.pdf", 2, "| ВРУ-1 | Iн  =\n400 А |")
    assert not asked.answered_by("a.pdf", 1, "ВРУ-1, Iн = 400 А")
    assert not asked.answered_by("b.pdf", 2, "ВРУ-1, Iн = 400 А")
    assert not asked.answered_by("a.pdf", 2, "ВРУ-1")
    assert question(places=(Place(document="a.pdf"),)).answered_by("a.pdf", 7, "")


def test_recall_counts_the_first_answer() -> None:
    """An answer at the second place is none at 1 and one at 4; a lead is told in points."""
    right, wrong = Found("a.pdf", 2, ""), Found("a.pdf", 1, "")
    own = [Outcome(question(), [wrong, right]), Outcome(question(), [right])]
    other = [Outcome(question(), []), Outcome(question(), [wrong])]

    assert "| all | 2 | 50 | 100 | 0 | 0 | +50 | +100 |" == table({"server": own, "pages": other})[-1]
    assert ["    found at 2; expected a.pdf [2] ''"] == [line for line in misses(own) if "expected" in line]


def test_pages_with_rarer_words_come_first() -> None:
    """What the server is compared with ranks by BM25 and leaves out pages without any of the words."""
    pages = (Page(1, "щит и щит"), Page(2, "Щит ВРУ"), Page(3, "план"))
    search = PagesBM25([("a.pdf", Document(name="a.pdf", pages=pages, page_count=3))])

    assert [2, 1] == [each.page for each in search.search("щит ВРУ", 4)]


def test_meaning_is_measured_beside_words(tmp_path: Path) -> None:
    """With the embeddings of an endpoint, which must have made all vectors, each question is asked a second time."""
    (tmp_path / "a.txt").write_text("Подъёмник пассажирский.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("Стены из кирпича.", encoding="utf-8")
    documents = {name: tmp_path / name for name in ("a.txt", "b.txt")}
    asked = [question(text="Какой лифт?", places=(Place(document="a.txt"),))]

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(endpoint_stand_in()) as endpoint:
        model = LLMSettings(url=endpoint.url, model="e", embed_model="e")
        endpoint.embed = lambda text: [float("одъёмник" in text or "лифт?" in text), 0.1]
        outcomes = measure(documents, asked, tmp_path / "index.sqlite", model=model)
        assert [("with meaning", 1), ("server", None)] == [(name, each.place) for name, [each] in outcomes.items()][:2]

        endpoint.embed, endpoint.responses = None, [refused(500, {"error": "no memory"})]
        with pytest.raises(EmbeddingsError):
            measure(documents, asked, tmp_path / "index.sqlite", model=model)
        with pytest.raises(EmbeddingsError):
            measure(documents, asked, tmp_path / "other.sqlite", model=model)


def test_half_an_endpoint_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """A URL without a model is no reason to measure words alone and call that meaning."""
    assert 2 == main(["--short", "--llm-url", "http://localhost:1"])
    assert "go together" in capsys.readouterr().err


def test_what_was_found_among_four_is_found(documents: dict[str, Path], tmp_path: Path) -> None:
    """Each of these questions has its answer among the four passages that the local server would quote."""
    asked = [each for each in load("development") if each.text in FOUND_AMONG_FOUR]
    outcomes = measure(documents, asked, tmp_path / "index.sqlite")["server"]

    assert sorted(FOUND_AMONG_FOUR) == sorted(each.question.text for each in outcomes if each.within(4))
