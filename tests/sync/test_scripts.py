"""A script that closes nothing ends at once, without output of its own on standard error, and with its own exit status.

At once means without waiting for a timeout: every limit of the package is an hour in these scripts, and the server never goes on.
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


def test_a_script_may_leave_everything_open(tmp_path: Path, server: ScriptedServer) -> None:
    """After calls, a whole answer, and another whose events are not read, the script ends cleanly."""
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
    """Streams that are open or were never read do not delay the exit, even if they are part of a reference cycle."""
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
    """`sys.exit(3)` in the middle of a stream gives the exit status 3."""
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
    """After Ctrl-C in mid-stream `text` has the text so far, KeyboardInterrupt ends the script, and the run is cancelled."""
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
    """Ctrl-C ends the script at once while a call waits for a server that does not respond."""
    server.respond("GET", "/me", Hang())
    script = start(tmp_path, server, "client.get_me()")
    server.until_blocking(lambda: bool(server.requests_to("GET", "/me")))
    script.process.send_signal(signal.SIGINT)
    ended = script.end()

    assert (-signal.SIGINT, "KeyboardInterrupt") == (ended.status, ended.errors.splitlines()[-1])


def test_ctrl_c_while_a_message_is_posted(tmp_path: Path, server: ScriptedServer) -> None:
    """The script ends although the server never responds, and its last lines say that the message may have arrived."""
    server.respond("POST", "/chats/*/messages", Hang())
    script = start(tmp_path, server, 'client.send_message(chat.id, "Где ВРУ?")')
    server.until_blocking(lambda: bool(server.requests_to("POST", "/chats/*/messages")))
    script.process.send_signal(signal.SIGINT)
    ended = script.end()

    assert (-signal.SIGINT, ["KeyboardInterrupt", PERHAPS_POSTED]) == (ended.status, ended.errors.splitlines()[-2:])


def test_ctrl_c_while_a_message_is_posted_leaves_the_loop_to_its_thread(tmp_path: Path, server: ScriptedServer) -> None:
    """A loop in asyncio's debug mode refuses what another thread does to its tasks and timers."""
    server.respond("POST", "/chats/*/messages", Hang())
    script = start(
        tmp_path,
        server,
        """
        loop = client._bridge.acquire_loop().thread.loop
        loop.slow_callback_duration = 3600
        loop.set_debug(True)
        client.send_message(chat.id, "Где ВРУ?")
        """,
    )
    server.until_blocking(lambda: bool(server.requests_to("POST", "/chats/*/messages")))
    script.process.send_signal(signal.SIGINT)
    ended = script.end()

    assert (-signal.SIGINT, ["KeyboardInterrupt", PERHAPS_POSTED]) == (ended.status, ended.errors.splitlines()[-2:])


def test_daemon_threads_print_nothing_at_the_exit(tmp_path: Path, server: ScriptedServer) -> None:
    """Daemon threads that wait for an answer or a call end without an error."""
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


def test_a_running_call_is_cancelled_at_the_exit(tmp_path: Path, server: ScriptedServer) -> None:
    """At the script's exit a call still runs its clean-up, which removes for instance a partial download."""
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
    """A thread that runs after the main thread has ended can still connect, also by host name."""
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
    """Handlers registered after the import run before the loop ends, and can clean up on the server."""
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


def test_a_handler_that_runs_too_late_gets_an_error(tmp_path: Path, server: ScriptedServer) -> None:
    """After the loop has ended at the exit, a call raises an error that names the reason, and does not hang."""
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
    """A script that fails in the middle of a stream prints its own traceback only."""
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
