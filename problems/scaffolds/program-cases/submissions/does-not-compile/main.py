print(sum(
