"""Tables of anybody's: the key columns (or one file a video), and a column an AU (``AU06``).

Nothing is forgiven: a frame that is missing, doubled or not tested is an error.
"""

from aubench.importers.tool import Tool

CSV = Tool(name="csv", title="CSV", intensity=r"AU_?(\d+)", occurrence=r"AU_?(\d+)", lenient=False)
PARQUET = Tool(
    name="parquet",
    title="Parquet",
    intensity=r"AU_?(\d+)",
    occurrence=r"AU_?(\d+)",
    lenient=False,
)
