input()
print("What is the loss of checkpoint three, please?", flush=True)
input()
