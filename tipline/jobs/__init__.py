"""What the worker does when its clock (tipline/worker.py) says so: a module a job, and what several of them need.

mailboxes             poll, with discovery and parsing; watch wakes the clock; lease, tokens
outbox, Sent folder   outbox
mails to reporters    digests
after a tip is filed  piling, noticing, scanner, extraction with insides
as days go by         reminding, forgetting
"""
