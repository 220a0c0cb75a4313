def with_vat(net):
    return round(net * 1.19, 2)


def discount(net, percent):
    if percent > 50:
        raise ValueError("too much")
    return net * (100 - percent) / 100
