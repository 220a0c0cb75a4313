from price import with_vat


def test_vat():
    assert with_vat(100) == 119
