"""How scripts end: at once, in silence, with their own status, though nobody closed anything.

At once means that they wait for no time-out: every limit of the package's own is an hour in them, and the server never goes on.
"""

from __future__ import annotations

import signal
from pathlib import Path

from aizoomdoc_client.answer_stream import PERHAPS_POSTED
from aizoomdoc_client.testing import Hang, ScriptedServer, Wait
from tests.sync.conftest import HeldAnswer
from tests.sync.scripts import Ended, run, start


def clean(*output: str, status: int = 0) -> Ended:
    return Ended(status, list(output), "")


def test_a_script_need_not_close_anything(tmp_path: Path, server: ScriptedServer) -> None:
    """Calls, a whole answer, and another whose events nobody reads: the script ends cleanly all the same."""
    ended = run(
        tmp_path,
        server,
        """
        for event in client.send_message(chat.id, "Один"):
            if event.event == "completed":
                say("completed")
        client.send_message(chat.id, "Два")
        """,
    )

    assert clean("completed") == ended
    assert ["Один", "Два"] == [post.content for post in server.posts]


def test_a_stream_left_half_way_ends_with_the_script(tmp_path: Path, server: ScriptedServer) -> None:
    """Streams that are open, or never read, hold nothing up, though only the last garbage collection finds them."""
    HeldAnswer(server)
    ended = run(
        tmp_path,
        server,
        """
        class Holder: ...
        holder = Holder()
        holder.self, holder.client = holder, client
        holder.answer = client.send_message(chat.id, "?")
        say(first_piece(holder.answer))
        holder.unread = client.send_message(client.create_chat().id, "??")
        del client, holder
        """,
    )

    assert clean(HeldAnswer.FIRST) == ended
    server.until_blocking(lambda: server.model_runs[-1].state == "cancelled")


def test_the_exit_status_is_kept(tmp_path: Path, server: ScriptedServer) -> None:
    """`sys.exit(3)` in the middle of a stream ends with 3."""
    HeldAnswer(server)
    ended = run(
        tmp_path,
        server,
        """
        for event in client.send_message(chat.id, "?"):
            if event.event == "llm_token":
                say(event.token)
                sys.exit(3)
        """,
    )

    assert clean(HeldAnswer.FIRST, status=3) == ended


def test_ctrl_c_prints_what_came(tmp_path: Path, server: ScriptedServer) -> None:
    """Ctrl-C in mid-stream: the text so far is there, the script ends at once by KeyboardInterrupt, the run is cancelled."""
    HeldAnswer(server)
    script = start(
        tmp_path,
        server,
        """
        answer = client.send_message(chat.id, "?")
        try:
            say(first_piece(answer))
            for event in answer:
                pass
        except KeyboardInterrupt:
            say("so far:", answer.text)
            raise
        """,
    )
    script.line()
    script.process.send_signal(signal.SIGINT)
    ended = script.end()

    assert (-signal.SIGINT, f"so far: {HeldAnswer.FIRST}") == (ended.status, ended.output[-1])
    assert ("KeyboardInterrupt", 1) == (ended.errors.splitlines()[-1], ended.errors.count("Traceback"))
    server.until_blocking(lambda: server.model_runs[-1].state == "cancelled")


def test_ctrl_c_in_a_call(tmp_path: Path, server: ScriptedServer) -> None:
    """Ctrl-C while a call waits for a server that does not answer ends the script at once."""
    server.respond("GET", "/me", Hang())
    script = start(tmp_path, server, "client.get_me()")
    server.until_blocking(lambda: bool(server.requests_to("GET", "/me")))
    script.process.send_signal(signal.SIGINT)
    ended = script.end()

    assert (-signal.SIGINT, "KeyboardInterrupt") == (ended.status, ended.errors.splitlines()[-1])


def test_ctrl_c_while_a_message_is_posted(tmp_path: Path, server: ScriptedServer) -> None:
    """The script ends though the server never answers, and its last lines say that the message may have arrived."""
    server.respond("POST", "/chats/*/messages", Hang())
    script = start(tmp_path, server, 'client.send_message(chat.id, "Где ВРУ?")')
    server.until_blocking(lambda: bool(server.requests_to("POST", "/chats/*/messages")))
    script.process.send_signal(signal.SIGINT)
    ended = script.end()

    assert (-signal.SIGINT, ["KeyboardInterrupt", PERHAPS_POSTED]) == (ended.status, ended.errors.splitlines()[-2:])


def test_daemon_threads_sleep_through_the_end(tmp_path: Path, server: ScriptedServer) -> None:
    """Daemon threads that wait for an answer or a call end as daemon threads do: in silence."""
    held = HeldAnswer(server)
    server.script_answer([Wait(held.go_on)])
    ended = run(
        tmp_path,
        server,
        """
        answer = client.send_message(chat.id, "?")
        say(first_piece(answer))
        threading.Thread(target=list, args=(answer,), daemon=True).start()
        threading.Thread(target=client.ask, args=(client.create_chat().id, "??"), daemon=True).start()
        time.sleep(0.2)
        """,
    )

    assert clean(HeldAnswer.FIRST) == ended


def test_what_is_on_its_way_ends_in_good_order(tmp_path: Path, server: ScriptedServer) -> None:
    """What a call would clean up after itself, such as a file half downloaded, it cleans up at the script's end too."""
    ended = run(
        tmp_path,
        server,
        """
        import asyncio

        async def work():
            try:
                say("began")
                await asyncio.Event().wait()
            finally:
                say("cleaned up")

        threading.Thread(target=lambda: client._bridge.run(work()), daemon=True).start()
        time.sleep(0.1)
        """,
    )

    assert clean("began", "cleaned up") == ended


def test_threads_may_outlive_the_main_thread(tmp_path: Path, server: ScriptedServer) -> None:
    """A thread that goes on when the main thread is done can still connect, by name too."""
    ended = run(
        tmp_path,
        server,
        """
        def late():
            threading.main_thread().join()
            by_name = AIZoomDocClient(sys.argv[1].replace("127.0.0.1", "localhost"), sys.argv[2], token_store=MemoryTokenStore())
            say(by_name.health().status, len(client.ask(chat.id, "?").text) > 0)

        threading.Thread(target=late).start()
        """,
    )

    assert clean("healthy True") == ended


def test_handlers_of_atexit_may_use_the_client(tmp_path: Path, server: ScriptedServer) -> None:
    """What is registered after the import runs before the loop ends: it can clean up on the server."""
    ended = run(
        tmp_path,
        server,
        """
        @atexit.register
        def clean_up():
            say(len(client.ask(chat.id, "?").text) > 0)
            client.delete_chat(chat.id)
            say("deleted")
        """,
    )

    assert clean("True", "deleted") == ended


def test_a_handler_that_comes_too_late_is_told(tmp_path: Path, server: ScriptedServer) -> None:
    """After the loop's end a call is one clear error, and nothing hangs."""
    ended = run(
        tmp_path,
        server,
        """
        from aizoomdoc_client.sync import loop_refcount

        @atexit.register
        def too_late():
            loop_refcount._end_all()
            try:
                client.health()
            except RuntimeError as error:
                say(str(error).partition(":")[0])
        """,
    )

    assert clean("The interpreter is ending") == ended


def test_an_error_is_shown_and_nothing_else(tmp_path: Path, server: ScriptedServer) -> None:
    """A script that fails in the middle of a stream ends with its own traceback only."""
    HeldAnswer(server)
    ended = run(
        tmp_path,
        server,
        """
        answer = client.send_message(chat.id, "?")
        say(first_piece(answer))
        raise ValueError("my own")
        """,
    )

    assert (1, "ValueError: my own", 1) == (ended.status, ended.errors.splitlines()[-1], ended.errors.count("Traceback"))
