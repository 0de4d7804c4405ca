"""Computes the metrics of `scoring.catalogue.text`.

A truth is a tuple of references, one at least; a prediction is a text.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from scoring.metrics.base import RecordInputs

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# One Chinese character, or a run of anything else but white space.
_ZH_TOKEN = re.compile(rf"[{_HAN}]|[^\s{_HAN}]+")
_ZH_PUNCTUATION = str.maketrans("", "", "，。、；：？！“”‘’（）《》〈〉【】「」『』—…·～")
_PERCENT = 100.0


def _zh_words(text: str) -> list[str]:
    import rjieba

    return [word for word in rjieba.cut(text) if word.strip()]


_TOKENISERS: dict[str, Callable[[str], list[str]]] = {
    "words": str.split,
    "zh-chars": _ZH_TOKEN.findall,
    "zh-words": _zh_words,
}


def _pairs(records: RecordInputs) -> Iterator[tuple[Sequence[str], str]]:
    return zip(records.truths, records.predictions, strict=True)


def _mean_of_best(records: RecordInputs, score: Callable[[str, str], float]) -> float:
    """Return the mean over records of the best score beside any reference."""
    best = [
        max(score(reference, answer) for reference in references) for references, answer in _pairs(records)
    ]
    return sum(best) / len(best)


def exact_match(records: RecordInputs) -> float:
    """Return the share of records that equal a reference."""
    return _mean_of_best(records, lambda reference, answer: float(reference.strip() == answer.strip()))


def squad(records: RecordInputs, *, which: str, tokens: str) -> float:
    """Return SQuAD's exact match or F1, as a share."""
    from torchmetrics.functional.text import squad as torchmetrics_squad

    cut = _TOKENISERS[tokens]

    def spaced(text: str) -> str:
        # Its words are those between spaces, and it drops ASCII punctuation alone.
        return text if tokens == "words" else " ".join(cut(text.translate(_ZH_PUNCTUATION)))

    predictions: list[Any] = []
    targets: list[Any] = []
    for at, (references, answer) in enumerate(_pairs(records)):
        texts = [spaced(reference) for reference in references]
        predictions.append({"prediction_text": spaced(answer), "id": str(at)})
        targets.append({"answers": {"answer_start": [0] * len(texts), "text": texts}, "id": str(at)})
    return float(torchmetrics_squad(predictions, targets)[which]) / _PERCENT


def _streams(records: RecordInputs) -> list[Any]:
    """Return references as sacrebleu takes them: the n-th list holds the n-th of each record, or None."""
    most = max(len(references) for references in records.truths)
    return [
        [references[n] if n < len(references) else None for references in records.truths] for n in range(most)
    ]


def bleu(records: RecordInputs, *, tokenize: str) -> float:
    """Return BLEU of the corpus, from 0 to 100."""
    import sacrebleu

    # `force` silences a warning about input that looks tokenised.
    found = sacrebleu.corpus_bleu(list(records.predictions), _streams(records), tokenize=tokenize, force=True)
    return float(min(found.score, _PERCENT))  # 100.00000000000004 is what e to the 0 gives there


def chrf(records: RecordInputs, *, word_order: int) -> float:
    """Return chrF of the corpus, from 0 to 100."""
    import sacrebleu

    found = sacrebleu.corpus_chrf(list(records.predictions), _streams(records), word_order=word_order)
    return float(min(found.score, _PERCENT))


def ter(records: RecordInputs, *, asian_support: bool) -> float:
    """Return the translation edit rate of the corpus, 100 for as many edits as words."""
    import sacrebleu

    found = sacrebleu.corpus_ter(
        list(records.predictions), _streams(records), asian_support=asian_support, normalized=asian_support
    )
    return float(found.score)


def rouge(records: RecordInputs, *, which: str, tokens: str) -> float:
    """Return the mean F1 of ROUGE."""
    from torchmetrics.functional.text import rouge_score

    # The library's own words are runs of a-z and 0-9, as in the original: right for English, none in Chinese.
    is_english = tokens == "words"
    found = rouge_score(
        list(records.predictions),
        [list(references) for references in records.truths],
        accumulate="best",
        normalizer=None if is_english else str.lower,
        tokenizer=None if is_english else _TOKENISERS[tokens],
        rouge_keys=which,
    )
    return float(found[f"{which}_fmeasure"])


def error_rate(records: RecordInputs, *, unit: str, tokens: str = "words") -> float:
    """Return the word or character error rate, beside the first reference."""
    import jiwer

    cut = _TOKENISERS[tokens]
    # jiwer refuses a reference without words; all its words are then insertions, which one marker shows.
    truths, answers, n_marked = [], [], 0
    for references, answer in _pairs(records):
        reference, said = references[0].strip(), answer.strip()
        if unit == "words":
            reference, said = " ".join(cut(reference)), " ".join(cut(said))
        if not reference:
            mark = "\ue000"
            glue = " " if unit == "words" else ""
            reference, said, n_marked = mark, glue.join(filter(None, (mark, said))), n_marked + 1
        truths.append(reference)
        answers.append(said)
    found = (
        jiwer.process_words(truths, answers) if unit == "words" else jiwer.process_characters(truths, answers)
    )
    n_wrong = found.substitutions + found.deletions + found.insertions
    return float(n_wrong / (found.substitutions + found.deletions + found.hits - n_marked))


def levenshtein(records: RecordInputs) -> float:
    """Return the mean edit distance to the nearest reference."""
    from rapidfuzz.distance import Levenshtein

    return -_mean_of_best(records, lambda reference, answer: -float(Levenshtein.distance(reference, answer)))


def levenshtein_similarity(records: RecordInputs) -> float:
    """Return the mean of one minus the relative edit distance."""
    from rapidfuzz.distance import Levenshtein

    return _mean_of_best(records, Levenshtein.normalized_similarity)


def word_jaccard(records: RecordInputs, *, tokens: str) -> float:
    """Return the mean of Jaccard's index of sets of words."""
    cut = _TOKENISERS[tokens]

    def jaccard(reference: str, answer: str) -> float:
        one, other = set(cut(reference)), set(cut(answer))
        return len(one & other) / len(one | other) if one | other else 1.0

    return _mean_of_best(records, jaccard)
