print("trained, and forgot to save")
