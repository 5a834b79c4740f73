"""Text whose characters are not those that are seen."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.local.reading.text_repair import is_made_of_words, mended

RUSSIAN = """Не очень краткое введение. Щит ВРУ-1 стоит в электрощитовой на отм. 0,000;
объём помещения — 21,5 м³, № 5 и «съёмный» короб.
ПОЯСНИТЕЛЬНАЯ ЗАПИСКА к проекту жилого дома: расход воздуха 6400 м³/ч."""

GOOD = (
    RUSSIAN,
    "Où est né l'été ? À côté, là-bas : déjà vu, naïveté, œuvre. Élève, ÉTÉ, À, É, ü",
    "Größe, Übermaß, Äpfel, Öl, ÄÖÜ äöüß, Fußgängerübergänge, Maß × Höhe ÷ 2",
    "Zażółć gęślą jaźń. Źdźbło, żółw. Příliš žluťoučký kůň úpěl ďábelské ódy. ÚÝ",
    "Árvíztűrő tükörfúrógép. Þórður og Ægir á Íslandi. Åse på øya: ÆØÅ æøå.",
    "Áá Ää Éé Íí Óó Öö Ôô Úú Ýý Čč Ďď Ĺĺ Ľľ Ňň",
    "А Б В Г Д Е Ж И К Л",
    "A B C D E F G H",
    "a b c d e f x y z t",
    "1 2 3 4 5 6 7 8 9",
    "В и к с о у",
    "x = a b c + d e f",
    "Áttekintés és à la carte",
)


@pytest.mark.parametrize("text", GOOD)
def test_text_that_is_as_it_is_seen_is_left_alone(text: str) -> None:
    """In every language, and where letters are names of axes, columns or variables."""
    assert (text, False) == ((found := mended(text)).text, found.garbled)


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("Íå î÷åíü", "Не очень"),
        ("Ùèò ÂÐÓ-1 ñòîèò â ýëåêòðîùèòîâîé", "Щит ВРУ-1 стоит в электрощитовой"),
        ("Îáú¸ì ïîìåùåíèÿ ¹ 5 ðàâåí 21,5 ì³", "Объём помещения № 5 равен 21,5 м³"),
        ("îáú¼ì ïîìåùåíèÿ", "объём помещения"),
        ("Äîêóìåíò êîìïàíèè Siemens ïî ÷àñòÿì", "Документ компании Siemens по частям"),
        ("ðàñõîä âîç\x7f\näóõà", "расход воздуха"),
    ],
)
def test_russian_shown_as_latin_is_read(shown: str, meant: str) -> None:
    """Bytes of Windows-1251, and of the TeX encoding whose letters stand at the same places."""
    assert meant == mended(shown).text


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r"])
def test_whole_russian_pages_are_decoded_again(encoding: str) -> None:
    """All letters of a text, whatever Russian encoding they were in."""
    text = "Пояснительная записка к проекту. Расход воздуха не менее чем указано в таблице; щит стоит в подвале"

    assert text == mended(text.encode(encoding).decode("latin-1")).text


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co"), max_codepoint=0x2FFF), max_size=200))
def test_only_latin_letters_with_marks_and_single_letters_are_touched(text: str) -> None:
    """What has neither comes back as it was."""
    plain = "".join(char for char in text if not "\xa8" <= char <= "\xff")
    plain = " ".join(word for word in plain.split(" ") if len(word) > 1)

    assert plain == mended(plain).text


@given(st.lists(st.sampled_from(RUSSIAN.split()), min_size=1, max_size=30).map(" ".join))
def test_russian_text_is_never_decoded_again(text: str) -> None:
    """A second repair of mended text changes nothing."""
    assert text == mended(text).text


@given(st.lists(st.sampled_from(" ".join(GOOD[1:5]).split()), min_size=1, max_size=40).map(" ".join))
def test_words_of_european_languages_are_never_decoded_again(text: str) -> None:
    """In any mixture, those with nothing but letters with marks among them."""
    assert text == mended(text).text


@pytest.mark.parametrize(
    ("spaced", "joined"),
    [
        ("П о я с н и т е л ь н а я", "Пояснительная"),
        ("П о я с н и т е л ь н а я  з а п и с к а", "Пояснительная записка"),
        ("П О Я С Н И Т Е Л Ь Н А Я   З А П И С К А", "ПОЯСНИТЕЛЬНАЯ ЗАПИСКА"),
        ("Слово р а з р я д к а внутри строки.", "Слово разрядка внутри строки."),
        ("р а з р я д к а.", "разрядка."),
        ("D A N K S A G U N G", "DANKSAGUNG"),
    ],
)
def test_letters_that_stand_apart_are_joined(spaced: str, joined: str) -> None:
    """Where they make words; a wider gap parts two words."""
    assert joined == mended(spaced).text


@pytest.mark.parametrize(
    "text",
    [
        "\ue001\ue002\ue003\ue004 \ue005\ue006\ue007\ue008\ue009 \ue010\ue011\ue012",
        "\x01\x02\x03\x03\x04 \x05\x06\x07\x01\x08\x03\x02 \x09\x0e\x0f",
        "\ufffd\ufffd\ufffd \ufffd\ufffd\ufffd\ufffd\ufffd \ufffd\ufffd\ufffd\ufffd\ufffd",
        "3\x03VQLWHO\x03QDMD\x03\x03DSLVND\x03\x031\x03",
    ],
)
def test_characters_that_stand_for_nothing_are_left_out_and_told(text: str) -> None:
    """Private, control and replacement characters, as fonts have that do not say which letters they show."""
    found = mended(text + "\nЗаголовок")

    assert ("Заголовок", True) == (found.text, found.garbled)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\uf0b7 насос Н1", "• насос Н1"),
        ("Expl\uf733, 21 mars \uf732\uf730\uf732\uf730", "Expl3, 21 mars 2020"),
        ("\uf8ec\uf8ec\uf8ec\uf8ed", "\uf8ec\uf8ec\uf8ec\uf8ed"),
        ("угол \x01 равен 5", "угол \x01 равен 5"),
    ],
)
def test_a_few_odd_characters_are_no_fault_of_the_page(text: str, expected: str) -> None:
    """Bullets, old-style digits and parts of brackets have known places among the private characters."""
    assert (expected, False) == ((found := mended(text)).text, found.garbled)


@pytest.mark.parametrize(
    "text",
    [
        " аAх>8 6>78Cха 6 A8AB9<9 В2 A>ABа6;я9B 2400 <³/ч, 69=B8;яB>@\nCABа=>6;9= 6 ?>86а;9 78а=8я =а >B<9B:9 <8=CA B@8 <9B@а.",
        "РаEхB8 6B78Gха 6 E8EF9@9 В2 EBEFа6?я9F 2400 @³/ч, 69AF8?яFBD GEFаAB6?9A 6 CB86а?9 78аA8я Aа BF@9F>9\n@8AGE FD8 @9FDа.",
        "#@8B>G=0S A8AB5<0 25=B8;OF88 ?><5I5=8O @0A?>;>65=0 2 ?>420;5 740=8O =0 >B<5B:5 <8=CA B@8 <5B@0",
    ],
    ids=["DejaVu Sans", "Nimbus Roman", "no letter is kept"],
)
def test_cyrillic_letters_without_their_first_bytes_are_left_out_and_told(text: str) -> None:
    """As Ghostscript writes them again that Chromium has printed; what is not Cyrillic stays."""
    found = mended(f"{text}\nThe pump stands in the basement.")

    assert ("The pump stands in the basement.", True) == (found.text, found.garbled)


@pytest.mark.parametrize(
    "text",
    [
        "Размеры: L=1200;H=300 B=50 A>B C<D S>=5 N@3 D=100;C:7 M=5;K<4 P=7",
        "Операции :=, <=, <>, =>, >=, ==, ?:, (@), A<B A>B A=B A?B:C A@B",
        "MOVE @A;B IF A>=B=C?D:E A=A<<1 B=B>>2 C=D D=@A MOVE @D GOTO NEXT",
        "Вы знаете, что пишут в ГОСТ? Пишите: INFO@GOST.RU; ЧТО@ЭТО? ГДЕ<ЭТО КАК=ЭТО КТО>ЭТО",
    ],
)
def test_signs_of_codes_formulas_and_programs_are_no_lost_letters(text: str) -> None:
    """However many stand on a page."""
    assert (text, False) == ((found := mended(text)).text, found.garbled)


def test_latin_letters_in_an_unknown_encoding_are_told() -> None:
    """They are no language with Latin letters, and not Russian either."""
    found = mended("æøåþ ðæåö øþæð åæøþ ðåæø " * 10)

    assert ("", True) == (found.text, found.garbled)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RUSSIAN, True),
        (GOOD[1], True),
        (GOOD[2], True),
        (GOOD[3], True),
        ("3URMHNWQDMD GRNXPHQWDFLMD QD VWURLWHOVWYR PQRJRNYDUWLUQRJR GRPD FK", False),
        ("!\"#$%&'()*+,-./0123456789:;<=>?@ !#%& $'() +,-. /012 3456 789: ;<=> !\"#$%&'()*+,-./0123456789:;<=>?@", False),
        ("12", True),
    ],
)
def test_words_can_be_told_from_shifted_letters(text: str, expected: bool) -> None:
    """As fonts have whose letters are numbered in the order of their first use."""
    assert expected == is_made_of_words(text)
