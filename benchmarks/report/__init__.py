"""What people read: lines at the terminal, the page in docs/ and its pictures.

RULE: takes results and samples, measures nothing.
"""
