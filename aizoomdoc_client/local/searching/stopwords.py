"""Words that say nothing about what is asked: never indexed, never searched for."""

from __future__ import annotations

_RUSSIAN = """
а без более больше будет будто бы был была были было быть в вам вас ведь весь вместе во вот все всего всей всем всех всю всё вся
вы где да даже для до его её ей ему если есть еще ещё же за здесь и из или им ими их к как какая какие каким какими каких какова
каково каковы какого какое какой каком какому какую ко когда которая которого которое которой котором которые который которых кто
куда ли либо между меня мне много может можно мой мы на над надо найди найти находится находятся находиться нам нас наш не него
нее неё ней нет ни них но ну нужно о об однако он она они оно описать опиши от откуда ответь перечисли перечислить по под
пожалуйста покажи показать после потом почему при про проанализируй проанализировать расскажи рассказать с сам самый свой своего
себе себя сейчас скажи сколько со сравни сравнить так также такая такие такое такой там тебе тем то тогда того тоже той только том
тому тот тут ты у уже укажи указать уточни чего чей чем что чтобы чье чьё чья эта эти этим этими этих это этого этой этом этому
этот эту является являются я
"""

_ENGLISH = """
a about all an and any are as at be been but by can compare could describe did do does find for from had has have he her his how i
if in into is it its list may me my no not of on or our please shall she should show so such tell than that the their them then
there these they this those to was we were what when where which who whose why will with would you your
"""

# Words about documents as such: in the index, but never what is searched for.
_VAGUE = """
документ документа документе документы документов документам документах файл файла файле файлы файлов файлах план плана плане
планы планов планах чертеж чертежа чертеже чертежи чертежей чертежах лист листа листе листы листов проект проекта проекте страница
странице document documents file files plan plans drawing drawings sheet page
"""

STOP_WORDS = frozenset((_RUSSIAN + _ENGLISH).replace("ё", "е").split())
VAGUE_WORDS = frozenset(_VAGUE.replace("ё", "е").split())
