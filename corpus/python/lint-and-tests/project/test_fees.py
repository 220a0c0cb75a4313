from fees import fee


def test_fee():
    assert fee(1000) == 20
