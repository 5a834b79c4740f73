"""Pages as pictures."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests.local.hostile_files import nested_forms
from tests.local.support import NOTE, UNKNOWN_ID, Serve, User


async def picture(user: User, path: str) -> tuple[int, str, bytes]:
    async with user.session.get(user.server.url + path, headers=user.bearer) as response:
        return response.status, response.content_type, await response.read()


def size_of(png: bytes) -> tuple[int, int]:
    """The width and height of the picture, all of which is there."""
    image = Image.open(io.BytesIO(png), formats=["PNG"])
    image.load()
    return image.size


async def uploaded(user: User, name: str, data: bytes) -> str:
    return str((await user.upload(name, data)).body["id"])


async def test_a_page_of_an_upload_is_a_picture(user: User) -> None:
    """Of the width asked for, in the page's proportions, with ink on it."""
    file_id = await uploaded(user, "note.pdf", NOTE.read_bytes())
    status, kind, png = await picture(user, f"/files/{file_id}/pages/2.png?width=300")
    width, height = size_of(png)

    assert (200, "image/png") == (status, kind)
    assert 299 <= width <= 301
    assert 1.40 < height / width < 1.43
    assert sum(map(bool, Image.open(io.BytesIO(png)).convert("L").histogram())) > 10


async def test_a_page_of_the_project_tree_is_a_picture(serve: Serve, projects: Path) -> None:
    """By the id of its document."""
    shutil.copy(NOTE, projects / "alpha" / "note.pdf")
    reader = await serve(projects_dir=projects)
    nodes = (await reader.get("/projects/tree", params={"all_nodes": "true"})).body
    document = next(node["id"] for node in nodes if node["name"] == "note.pdf")
    status, _, png = await picture(reader, f"/projects/documents/{document}/pages/7.png")

    assert (200, 1200) == (status, size_of(png)[0])


@pytest.mark.parametrize(
    ("page", "expected"), [("8.png", 404), ("0.png", 404), ("x.png", 422), ("1.png?width=63", 422), ("1.png?width=4097", 422)]
)
async def test_what_there_is_no_picture_of_is_said(user: User, page: str, expected: int) -> None:
    """A page beyond the last, a number that is none, a width out of its bounds."""
    file_id = await uploaded(user, "note.pdf", NOTE.read_bytes())

    assert expected == (await user.get(f"/files/{file_id}/pages/{page}")).status


async def test_an_image_file_is_a_picture_as_well(user: User) -> None:
    """Of the width asked for; it has one page."""
    file = io.BytesIO()
    Image.new("L", (600, 300), 128).save(file, "tiff")
    file_id = await uploaded(user, "scan.tif", file.getvalue())
    status, kind, png = await picture(user, f"/files/{file_id}/pages/1.png?width=200")

    assert (200, "image/png", (200, 100)) == (status, kind, size_of(png))
    assert 404 == (await user.get(f"/files/{file_id}/pages/2.png")).status


async def test_other_documents_have_no_pictures(user: User) -> None:
    """Nor have those that are not there or somebody else's."""
    file_id = await uploaded(user, "a.txt", b"text")

    assert 415 == (await user.get(f"/files/{file_id}/pages/1.png")).status
    assert 404 == (await user.get(f"/files/{UNKNOWN_ID}/pages/1.png")).status
    assert 404 == (await user.get(f"/projects/documents/{UNKNOWN_ID}/pages/1.png")).status


async def test_a_hostile_page_costs_its_request_only(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process is killed."""
    monkeypatch.setattr("aizoomdoc_client.local.child_processes.page_images._SECONDS", 0.5)
    file_id = await uploaded(user, "forms.pdf", nested_forms())
    reply = await user.get(f"/files/{file_id}/pages/1.png")

    assert (415, "The page takes too long to draw") == (reply.status, reply.body["detail"])
    assert 200 == (await user.get("/health")).status
