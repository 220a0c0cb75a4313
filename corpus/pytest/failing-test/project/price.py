def with_vat(net):
    return round(net * 1.17, 2)
