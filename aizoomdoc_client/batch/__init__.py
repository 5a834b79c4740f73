"""Jobs: the same questions to many documents, with a journal that survives crashes.

Contract: sees the client's public face only (`client`, `answer`, models, errors) and layer 0; the client does not know it.
`task` is what is to be asked, `unit` what is asked once however many tasks want it, `steps` and `progression` decide without I/O
what happens next to a unit, `journal` keeps what happened, `runner` performs the steps, `job` is what users hold.
"""
