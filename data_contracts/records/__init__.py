"""Frozen records that more than one reader shares: files in JSON, pages, commands and the web.

Contains the fields of the run card, of a list's manifest and state, of the ledger and of a checked
file. Not here: how their values are derived (`assets`, `models/monitoring`, the commands).
"""
