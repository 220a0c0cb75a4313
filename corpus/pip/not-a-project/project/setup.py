from setuptools import setup

setup(name="billing", version="1.0.0", py_modules=["billing"])
