import os


def with_vat(net):
    return round(net * 1.19, 2)
