import unittest

from price import with_vat


class Price(unittest.TestCase):
    def test_vat(self):
        self.assertAlmostEqual(with_vat(100), 119)

    def test_zero(self):
        self.assertEqual(with_vat(0), 0)
