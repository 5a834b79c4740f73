"""Answers: the queue for them, the passages they rest on, and what makes their text.

Contract: `answer_run` is the one source of an answer's events for both transports; an `Answerer` gets a `Question` and gives its
text piece by piece, and knows neither HTTP nor the database.
"""
