"""A simulated community group-buying platform whose truth is known.

Belongs here: everything that invents data. Does not: anything the pipeline computes; the pipeline
never imports this package and never reads the truth. Import from the modules themselves:
`models.simulate.simulation.simulate`, `models.simulate.config.SimulationConfig`.
"""
