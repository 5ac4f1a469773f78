"""What people say: masked texts in, polarity, emotion, aspects, complaints, wishes, bursts out.

Belongs here: pure functions on texts and on what was made of them. Does not: who may see the result
(`data_contracts.tables.feedback`), which messages are read (`assets.profiles.feedback`). No text
leaves these modules in an exception: a message of an error names columns and counts only.
"""
