letters = "abcdefghijklmnopqrstuvwxyz"
while True:
    for left in letters:
        print("\n".join(f"{left} {right}" for right in letters))
