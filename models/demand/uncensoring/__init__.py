"""Estimate demand lost to stock-outs (censored demand, unconstraining).

`hourly_panel`: sales and offer by the hour. `hour_masking`: known hours hidden for training.
`day_features`: what is still visible of a day. `model`: the fit, and the lost units.
"""
