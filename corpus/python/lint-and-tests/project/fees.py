import os


def fee(cents):
    return cents // 20
