"""Directions in the patient's terms: medial of a left bone is to the right, of a right bone to the left."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.measure.surroundings.directions import direction_vector, direction_words


@pytest.mark.parametrize(
    ("vector", "side", "words"),
    [
        ((10, 0, 0), "left", "lateral"),
        ((10, 0, 0), "right", "medial"),
        ((-10, 0, 0), "left", "medial"),
        ((-10, 0, 0), "right", "lateral"),
        ((10, 0, 0), None, "left"),
        ((-10, 0, 0), "midline", "right"),
        ((0, 10, 0), "left", "posterior"),
        ((0, -10, 0), "right", "anterior"),
        ((0, 0, 10), None, "superior"),
        ((0, 0, -10), None, "inferior"),
        ((-7, 9, 1), "left", "posterior-medial"),
        ((-7, 9, 1), "right", "posterior-lateral"),
        ((1, 10, 1), "left", "posterior"),
        ((0, 0, 0), "left", ""),
    ],
)
def test_lps_vectors_in_words(vector, side, words):
    assert direction_words(vector, side) == words


@pytest.mark.parametrize("words", ["lateral", "medial", "posterior-medial", "inferior-lateral", "anterior-lateral"])
def test_the_other_side_is_the_mirror_image(words):
    left, right = direction_vector(words, "left"), direction_vector(words, "right")
    assert left is not None
    assert right is not None
    np.testing.assert_allclose(left * (-1, 1, 1), right)


def test_a_side_that_is_not_known_leaves_medial_untold_but_not_posterior():
    assert direction_vector("medial", None) is None
    np.testing.assert_allclose(direction_vector("posterior", None), (0, 1, 0))


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("words", ["posterior-lateral", "anterior-medial", "inferior", "medial-superior"])
def test_words_and_vectors_go_round(words, side):
    again = direction_words(direction_vector(words, side), side)
    assert set(again.split("-")) == set(words.split("-"))


def test_a_direction_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="volar"):
        direction_vector("volar", "left")
