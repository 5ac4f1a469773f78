"""Frozen records that more than one reader shares: files in JSON, pages, commands and the web.

Contains the fields of the run card, of a list's manifest and of the ledger. Not here: how their
values are derived (`assets/publish`, `assets/ingest/merge`, `models/monitoring`).
"""
