"""Rows of images: the right picture in the right place, ink dark, one scale for all."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from descent.image_plots import image_rows


@pytest.fixture
def images():
    yield np.linspace(0.2, 0.8, 3 * 4 * 5).reshape(3, 4, 5)
    plt.close("all")


def test_every_picture_is_in_its_row_and_column(images):
    fig = image_rows({"as it is": images, "flipped": images[..., ::-1]}, titles=["7", "1", "0"])
    axes = np.array(fig.axes).reshape(2, 3)
    for j in range(3):
        np.testing.assert_array_equal(axes[0, j].images[0].get_array(), images[j])
        np.testing.assert_array_equal(axes[1, j].images[0].get_array(), images[j, :, ::-1])
    assert [ax.get_title() for ax in axes[0]] == ["7", "1", "0"]
    assert [ax.get_ylabel() for ax in axes[:, 0]] == ["as it is", "flipped"]


def test_ink_is_dark_and_all_pictures_share_one_scale(images):
    fig = image_rows({"faint": images / 2, "strong": images})
    for ax in fig.axes:
        picture = ax.images[0]
        assert picture.get_clim() == (0, 1)
        assert sum(picture.cmap(picture.norm(0.9))[:3]) < sum(picture.cmap(picture.norm(0.1))[:3])


def test_rows_of_different_length_or_missing_titles_are_refused(images):
    with pytest.raises(ValueError, match="as many images in each row"):
        image_rows({"a": images, "b": images[:2]})
    with pytest.raises(ValueError, match="^titles = "):
        image_rows({"a": images}, titles=["1", "2"])
