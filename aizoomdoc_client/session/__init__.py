"""Orchestration of calls, logins and streams.

Contract: asyncio orchestration; decisions come from `protocol`, sockets from `transport`, seen through `transport.base` only.
What needs time or chance takes a clock, a sleep or a random source as an argument, so that tests own them.
"""
