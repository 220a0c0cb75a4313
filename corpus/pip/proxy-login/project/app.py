from greet import text

print(text("guest"))
