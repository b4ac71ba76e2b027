"""What all tests share: the corpus of samples nobody here wrote."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test.utils import override_settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from lantai.common.translations import compile_translations

ROOT = Path(__file__).resolve().parents[1]
CORPUS = Path(os.environ.get("LANTAI_CORPUS", ROOT.parent / "shared" / "data"))


# Speed is measured by the benches: a busy machine fails no property.
hypothesis_settings.register_profile("lantai", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("lantai")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of sample data; skipped, with the reason said, where it is absent."""
    if not CORPUS.is_dir():
        pytest.skip(f"no sample data at {CORPUS}: set LANTAI_CORPUS to its folder")
    return CORPUS


@pytest.fixture(autouse=True, scope="session")
def translations() -> None:
    """English sentences are made from their sources, so that pages can be read in both languages."""
    compile_translations()


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A page read in English leaves English behind in this thread; the next test begins in the archive's language."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True, scope="session")
def static_files_by_name() -> Iterator[None]:
    """Addresses of styles and scripts without the digests that collectstatic would give them."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
        yield
