"""The commands, one group a file.

RULE: a module here has the commands of one noun and sees the rest of `cli`, never another module of this folder. Nothing heavy is
imported at the top.
"""
