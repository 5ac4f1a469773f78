"""Demand that sold-out hours hid: learnt from hours hidden on purpose, told for hours really lost.

`panel`: sales and offer by the hour. `hiding`: which known hours are hidden to learn from them.
`features`: what is still seen of a day. `recovery`: the fit, and what was lost.
"""
