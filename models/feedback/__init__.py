"""Text signals: masked texts in; polarity, emotion, aspects, complaints, wishes and bursts out.

Contains pure functions on texts and on their signals. Not here: who may see the results
(`data_contracts/tables/feedback.py`), which messages are scored (`assets/profiles/feedback`). Error
messages name columns and counts only, never a text.
"""
