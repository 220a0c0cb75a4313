def with_vat(net):
    return net * 1.17
