"""Projects: their tree, a search in it, and what was made of a document."""

from __future__ import annotations

import click

from .. import output
from ..framework import CommonOptions, Group, argument, command, group, json_option, option
from ..language import Text

_NO_PROJECTS = Text("Проектов нет", "There are no projects")


@command("tree", Text("Показать дерево проектов", "Show the tree of projects"))
@option("--client-id", metavar="ID", said=Text("только этого клиента", "of this client only"))
@option("--parent", metavar="ID", said=Text("только то, что прямо под этим узлом", "only what is right below this node"))
@option("--files", is_flag=True, said=Text("с файлами документов", "with the documents' files"))
@json_option
async def tree(common: CommonOptions, *, client_id: str | None, parent: str | None, files: bool, as_json: bool) -> None:
    """Draws the tree."""
    from ..tables import of_client, show_tree

    async with common.client() as client:
        found = await client.get_projects_tree(client_id, parent_id=parent, all_nodes=parent is None, include_files=files)
    nodes = of_client(found, client_id)
    if as_json:
        output.as_json(nodes)
    else:
        show_tree(nodes, empty=_NO_PROJECTS)


@command("search", Text("Найти документы по названию", "Find documents by name"))
@argument("query", shown=Text("СЛОВА", "WORDS"), said=Text("слова из названия", "words of the name"))
@option(
    "--client-id", required=True, metavar="ID", said=Text("клиент, чьи проекты искать", "the client whose projects are searched")
)
@option("--limit", type=click.IntRange(1, 100), metavar="N", said=Text("не больше N", "at most N"))
@json_option
async def search(common: CommonOptions, *, query: str, client_id: str, limit: int | None, as_json: bool) -> None:
    """Lists the documents found."""
    from ..tables import show_table

    async with common.client() as client:
        found = await client.search_documents(query, client_id, limit=limit)
    if as_json:
        output.as_json(found)
        return
    show_table(
        [Text("Узел", "Node"), Text("Вид", "Type"), Text("Название", "Name"), Text("Шифр", "Code")],
        [(node.id, node.node_type, node.name, node.code) for node in found],
        empty=Text("Ничего не найдено", "Nothing found"),
    )


@command("results", Text("Показать файлы, полученные из документа", "List the files made of a document"))
@argument("document_id", shown=Text("ДОКУМЕНТ", "DOCUMENT"), said=Text("идентификатор из дерева", "an id of the tree"))
@json_option
async def results(common: CommonOptions, *, document_id: str, as_json: bool) -> None:
    """Lists the files."""
    from ..tables import show_table

    async with common.client() as client:
        found = await client.get_document_results(document_id)
    if as_json:
        output.as_json(found)
        return
    show_table(
        [Text("Файл", "File"), Text("Вид", "Type"), Text("Название", "Name"), Text("Байт", "Bytes")],
        [(file.id, file.file_type, file.file_name, file.file_size) for file in found.files],
        empty=Text("Файлов нет", "There are no files"),
    )


projects: Group = group(
    "projects", Text("Проекты: дерево, поиск, результаты", "Projects: tree, search, results"), tree, search, results
)
