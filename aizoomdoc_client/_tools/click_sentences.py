"""The sentences of click that a user at a terminal can see, marked for translation; nothing runs this.

Click asks gettext for each of them when it shows it. ``nox -s messages`` takes them from here into the catalogue of the command
line, since click brings none.
"""

from __future__ import annotations

from gettext import gettext as _, ngettext


def sentences(count: int) -> list[str]:
    """The sentences; the Russian ones name no kind of file, because click translates it when a parameter is declared."""
    return [
        _("Usage:"),
        _("Options"),
        _("Commands"),
        _("Show this message and exit."),
        _("required"),
        _("Missing command."),
        _("Missing argument"),
        _("Missing option"),
        _("No such command {name!r}."),
        _("No such option {name!r}."),
        ngettext("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})", count),
        ngettext("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments.", count),
        _("Option {name!r} does not take a value."),
        _("Choose from:\n\t{choices}"),
        _("Invalid value: {message}"),
        _("Invalid value for {param_hint}: {message}"),
        _("{value!r} is not a valid {number_type}."),
        _("{name} {filename!r} does not exist."),
        _("{name} {filename!r} is a directory."),
        _("{name} {filename!r} is not readable."),
        _("Error: {message}"),
    ]
