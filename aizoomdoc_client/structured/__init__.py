"""Structured answers: a question that asks for JSON of the shape of a class, and the value of that class made of the reply.

What lives here: `shape` reads an attrs class or a dataclass, `wording` says it in the question, `extraction` finds the JSON in a
reply, `scalars` and `conversion` make values of it, `reply_format` puts these together, `toml_fields` makes a class of a file.
All that is pure but the reading of that file; `asking` alone knows that a question is sent. May import errors, the catalogue and
answers; never a session, a transport or the client.
"""
