from app import cents


def test_cents():
    assert cents(1.5) == 150
