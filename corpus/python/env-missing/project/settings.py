import os

NAME = "shop"
SECRET_KEY = os.environ["SECRET_KEY"]
