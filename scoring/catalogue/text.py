"""Metrics of texts, bound to sacrebleu, torchmetrics, jiwer and rapidfuzz.

`tokens` says what a word is: `words` stand between white space (for ROUGE: runs of a-z and 0-9), `zh-chars`
are single Chinese characters beside words of other scripts, `zh-words` what rjieba cuts Chinese into.
"""

from typing import Any

from scoring.catalogue.metric import INF, Family, Metric, Need, Param, Wants

_TOKENS = Param(
    "tokens", "words", "what a word is; for Chinese name another", choices=("words", "zh-chars", "zh-words")
)
_WRONG: dict[str, Any] = {"higher_is_better": False, "bounds": (0.0, INF)}
_NO_TEXT = f"undefined ({Need.ANY_TRUE_TEXT})"
_SQUAD = "torchmetrics, SQuAD; Rajpurkar et al. 2016"


def _metric(name: str, formula: str, source: str, **rest: Any) -> Metric:  # noqa: ANN401
    return Metric(
        name=name,
        family=Family.TEXT,
        wants=Wants.TEXT,
        higher_is_better=rest.pop("higher_is_better", True),
        bounds=rest.pop("bounds", (0.0, 1.0)),
        formula=formula,
        source=source,
        compute=f"text:{rest.pop('compute', name)}",
        on_blank=rest.pop("on_blank", "0"),
        on_no_truth=rest.pop("on_no_truth", "0"),
        on_neither=rest.pop("on_neither", "1"),
        **rest,
    )


def _rouge(which: str, formula: str) -> Metric:
    return _metric(
        which.lower(),
        f"{formula}; mean over records, best of several references",
        "torchmetrics, rouge_score, without stemming; Lin 2004",
        compute="rouge",
        fixed={"which": which},
        params=(_TOKENS,),
        on_neither="0",
    )


METRICS: tuple[Metric, ...] = (
    _metric(
        "exact_match", "share of records equal to a reference, white space at the ends aside", "equality"
    ),
    _metric(
        "qa_exact_match",
        "as exact_match, with letter case, punctuation and English articles aside",
        _SQUAD,
        compute="squad",
        fixed={"which": "exact_match"},
        params=(_TOKENS,),
    ),
    _metric(
        "qa_f1",
        "2 P R / (P + R) over words common with a reference, best of several; mean over records",
        _SQUAD,
        compute="squad",
        fixed={"which": "f1"},
        params=(_TOKENS,),
    ),
    _metric(
        "bleu",
        "100 BP exp(sum_n ln(p_n) / 4), n = 1 ... 4, over the whole corpus; 0 without any text of four words",
        "sacrebleu, corpus_bleu; Papineni et al. 2002, Post 2018",
        on_neither="0",
        bounds=(0.0, 100.0),
        unit="points of 100",
        params=(
            Param("tokenize", "13a", "sacrebleu's tokeniser", choices=("13a", "intl", "zh", "char", "none")),
        ),
    ),
    _metric(
        "chrf",
        "100 (1 + b^2) P R / (b^2 P + R) over character n-grams, n = 1 ... 6, b = 2; records without a true "
        "text do not count",
        "sacrebleu, corpus_chrf; Popović 2015",
        on_neither="0",
        bounds=(0.0, 100.0),
        unit="points of 100",
        params=(Param("word_order", 0, "word n-grams beside; 2 is chrF++", minimum=0, maximum=4),),
    ),
    _metric(
        "ter",
        "100 edits / mean number of words of the references",
        "sacrebleu, corpus_ter; Snover et al. 2006",
        unit="points of 100",
        params=(Param("asian_support", False, "Chinese characters are words"),),
        on_blank="100",
        on_no_truth="100",
        on_neither="0",
        **_WRONG,
    ),
    _rouge("rouge1", "F1 of words common with the reference"),
    _rouge("rouge2", "F1 of pairs of words common with the reference"),
    _rouge("rougeL", "F1 of the longest common subsequence of words"),
    _metric(
        "wer",
        "(S + D + I) / N, N = words of the references; first reference",
        "jiwer, wer",
        compute="error_rate",
        fixed={"unit": "words"},
        params=(_TOKENS,),
        needs=(Need.ANY_TRUE_TEXT,),
        on_blank="1",
        on_no_truth=_NO_TEXT,
        on_neither=_NO_TEXT,
        **_WRONG,
    ),
    _metric(
        "cer",
        "(S + D + I) / N, N = characters of the references; first reference",
        "jiwer, cer",
        compute="error_rate",
        fixed={"unit": "chars"},
        needs=(Need.ANY_TRUE_TEXT,),
        on_blank="1",
        on_no_truth=_NO_TEXT,
        on_neither=_NO_TEXT,
        **_WRONG,
    ),
    _metric(
        "levenshtein",
        "mean edit distance to the nearest reference",
        "rapidfuzz, Levenshtein.distance; Levenshtein 1966",
        unit="characters",
        on_blank="mean length of the shortest references",
        on_no_truth="mean length of the answers",
        on_neither="0",
        **_WRONG,
    ),
    _metric(
        "levenshtein_similarity",
        "mean of 1 - distance / length of the longer text, best of several references",
        "rapidfuzz, Levenshtein.normalized_similarity",
    ),
    _metric(
        "word_jaccard",
        "mean of |A and B| / |A or B| over sets of words, best of several references; 1 where both are empty",
        "Jaccard 1912",
        params=(_TOKENS,),
    ),
)
