"""How far a score would move with other hidden rows like these: the bootstrap (Efron 1979).

The hidden rows are taken for a sample of all rows there might have been. Each replicate weighs them anew, as
drawing as many rows with replacement would; nothing is read twice. Weights depend on the problem version's
seed, the split and the number of rows alone, so that the same receipt gives the same interval, and the
replicates of two submissions are *paired*: their differences tell how sure it is that one is better.
"""
