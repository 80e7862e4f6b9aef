import pandas as pd

sales = pd.read_csv("sales.csv")
monthly = sales.groupby("month")["amount"].sum()
print(monthly.sort_values(ascending=False).head(3))
