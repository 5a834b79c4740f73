"""The bodies of generated methods: each delegates to the async object, or to a part of `sync` that is written by hand."""

from __future__ import annotations

from collections.abc import Callable

from . import shells
from .renaming import sync_name
from .shells import Body
from .source import Member

_WRAPPED = {"AsyncAnswerStream": "AnswerStream", "AsyncAIZoomDocClient": "self._over"}
_CLIENT = "AsyncAIZoomDocClient"
_PRIVATE = "  # pyright: ignore[reportPrivateUsage]"


def verbatim(*lines: str) -> Body:
    """These lines."""
    return lambda _: "\n".join(f"        {line}" for line in lines)


def copied(member: Member) -> str:
    """The body of the source."""
    return member.body


def constructing_client(member: Member) -> str:
    """Makes the async client, and the bridge to it."""
    made = _hiding_credentials(member, lambda indent: shells.call(f"self._client = {_CLIENT}", member.arguments, indent))
    return f"{made}\n        self._bridge = Bridge(self._client.close)"


def constructing_over_client(made: str) -> Body:
    """Makes the async object, as ``self._job = BatchJob`` says, of the async client of a sync one, and shares its bridge."""

    def body(member: Member) -> str:
        client = member.parameter_of(_CLIENT)
        arguments = ["inner" if argument == client else argument for argument in member.arguments]
        return (
            f"        check_client({client}, {sync_name(_CLIENT, member.where)})\n"
            "        # Only what is generated over the client's own shell needs these, so they are no part of its public face.\n"
            f"        self._bridge, inner = {client}._bridge, {client}._client  # noqa: SLF001{_PRIVATE}\n"
            f"{shells.call(made, arguments, 8)}"
        )

    return body


def through_bridge(member: Member) -> str:
    """Of a client: runs a coroutine in the loop, wraps an answer or a client, returns anything else."""
    call = f"self._client.{member.name}"
    if member.is_property:
        return f"        return {call}"
    if member.is_async:
        return _hiding_credentials(
            member, lambda indent: shells.call(call, member.arguments, indent, around="return self._bridge.run")
        )
    for wrapped, wrap in _WRAPPED.items():
        if member.returns == wrapped:
            made = _hiding_credentials(member, lambda indent: shells.call(f"made = {call}", member.arguments, indent))
            return f"{made}\n        return {wrap}(self._bridge, made)"
    return shells.call(f"return {call}", member.arguments, 8)


def in_loop(attribute: str) -> Body:
    """Of an object that lives in the loop, as `attribute`: runs a coroutine there, iterates there, posts what returns nothing.

    What is posted is not waited for, so it may be called from any thread, the loop's own and a signal handler's too.
    """

    def body(member: Member) -> str:
        call = f"{attribute}.{member.name}"
        match member:
            case Member(is_property=True):
                return f"        return {call}"
            case Member(name="__aiter__"):
                return f"        return self._bridge.iterate(aiter({attribute}))"
            case Member(name="__aenter__"):
                return f"        self._bridge.run({call}())\n        return self"
            case Member(name="__repr__"):
                return f"        return repr({attribute}).replace(type({attribute}).__name__, type(self).__name__, 1)"
            case Member(is_async=True):
                around = "self._bridge.run" if member.returns == "None" else "return self._bridge.run"
                return shells.call(call, member.arguments, 8, around=around)
            case Member(returns="None"):
                step = f"lambda: {call}({', '.join(member.arguments)})" if member.arguments else call
                return f"        self._bridge.post({step})"
            case _:
                reason = f"{_PRIVATE}  # a notebook calls it so" if member.name.startswith("_") else ""
                return shells.call(f"return {call}", member.arguments, 8) + reason

    return body


def through_reader(member: Member) -> str:
    """Of an answer: delegates to `SyncAnswerReader`."""
    call = f"self._reader.{member.name}"
    if member.is_property:
        return f"        return {call}"
    return shells.call(call if member.returns == "None" else f"return {call}", member.arguments, 8)


def _hiding_credentials(member: Member, statement: Callable[[int], str]) -> str:
    """A statement, within `HiddenFrames` if the member takes a credential, so that tracebacks do not show its variables."""
    if any(argument.endswith("static_token") for argument in member.arguments):
        return f"        with HiddenFrames():\n{statement(12)}"
    return statement(8)
