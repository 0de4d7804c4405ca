"""Ends the whole process from inside a call, as a broken native library would."""

import os


def predict(X, w, b):
    os._exit(0)


mse_loss = gradients = fit = predict
