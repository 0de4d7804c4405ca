import csv

rows = list(csv.DictReader(open("/job/in/train.csv")))
print(len(rows), "hours seen, none remembered")
