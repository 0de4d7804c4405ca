"""The four steps of a judgement: prepare, execute, score, settle."""
