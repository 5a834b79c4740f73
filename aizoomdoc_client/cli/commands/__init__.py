"""The commands, one group a module.

Contract: a module here has the commands of one noun and imports from the rest of `cli`, never from another module here. Nothing
heavy is imported at the top.
"""
