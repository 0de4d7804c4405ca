"""Whatever a manifest may say can be judged: kinds, scorers, formats and languages all have their code."""

import importlib
from typing import get_args

import pytest

from judge.services import uploads
from problems.formats import SUFFIXES
from problems.kinds import KIND_FORMATS, KIND_SCORERS, Format, Kind, Scorer
from problems.languages import LANGUAGES, image_of
from sandboxes.definitions import list_images
from scoring.options import PRELOAD, SCORER_OPTIONS


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_has_its_module(kind):
    assert callable(importlib.import_module(f"judge.worker.kinds.{kind}").judge)
    assert KIND_FORMATS[kind]
    assert KIND_SCORERS[kind] <= set(get_args(Scorer))


def test_every_scorer_has_options_and_a_module():
    assert set(get_args(Scorer)) == set(SCORER_OPTIONS)
    assert set(PRELOAD) <= set(SCORER_OPTIONS)
    for name in SCORER_OPTIONS:
        assert callable(getattr(importlib.import_module(f"scoring.scorers.{name}"), f"score_{name}"))


def test_every_format_has_an_ending_and_a_check_and_a_kind():
    formats = set(get_args(Format))
    assert set(SUFFIXES) == formats == set(uploads._CHECKS)
    assert set().union(*KIND_FORMATS.values()) == formats
    endings = [suffix for suffixes in SUFFIXES.values() for suffix in suffixes]
    assert len(endings) == len(set(endings))


def test_every_language_has_a_runner_image():
    for name, language in LANGUAGES.items():
        assert language.image in list_images()
        assert image_of("python-ml", name) == ("python-ml" if name == "py" else language.image)
        assert language.artefact in " ".join(language.command(256))
