"""The one way from a judgement to a model: fixed address, fixed model, counted tokens, kept answers.

Only workers, which are trusted, go this way. What a contestant wrote travels as the content of messages and
decides nothing else about a request.
"""
