"""What a user of the client sees when the server says no."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from mlflow.exceptions import MlflowException, RestException


@contextmanager
def refused(error_code: str, *fragments: str, by_server: bool = True) -> Iterator[None]:
    """The block raises with this code and these words; some checks the client makes before it asks the server."""
    with pytest.raises(MlflowException) as caught:
        yield
    assert caught.value.error_code == error_code, str(caught.value)
    assert isinstance(caught.value, RestException) or not by_server, "the client refused it itself"
    for fragment in fragments:
        assert fragment in str(caught.value)
