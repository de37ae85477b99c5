"""The past of the simulated market: bars, ticks, histograms and schedules, all from one course of
prices for each instrument.
"""
