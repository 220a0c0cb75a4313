from price import with_vat


def test_vat():
    assert with_vat(100) == 119


def test_zero():
    assert with_vat(0) == 0
