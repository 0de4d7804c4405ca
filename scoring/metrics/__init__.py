"""Thin, documented bindings to scikit-learn, SciPy and torchmetrics, one module per family."""
