import csv

print([row["c"] for row in csv.DictReader(open("/job/in/train.csv"))])
