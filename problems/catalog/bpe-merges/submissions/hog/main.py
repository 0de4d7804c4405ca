texts = []
while True:
    texts.append(bytearray(8 << 20))
