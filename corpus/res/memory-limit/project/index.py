print("indexing 4 million words", flush=True)
words = [str(n) * 4 for n in range(4_000_000)]
print(len(words), "words")
