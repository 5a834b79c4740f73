"""Where tokens sleep between runs: memory, a file, the system's keyring.

RULE: blocking, small, and safe against other processes; sees layers 0 and 1 and never a socket. What cannot be written is a
warning and lives in memory; what cannot be read is set aside and named, never overwritten.
"""
