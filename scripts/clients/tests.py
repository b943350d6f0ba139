"""What the tests share."""

from run import PASSWORD, READER, READER_PASSWORD, USER


class Skipped(Exception):
    """What the test wants is not here; the matrix keeps what it said."""


def client(name, protocol):
    """Names the client that a test is of. The test gives the client's version."""
    def mark(test):
        test.client, test.protocol = name, protocol
        return test
    return mark


def equal(found, expected):
    assert found == expected, f"found {found!r}, expected {expected!r}"


def fails(error, call, text=""):
    try:
        call()
    except error as e:
        assert text in str(e), f"{text!r} is not in {e}"
        return e
    raise AssertionError("it did not fail")
