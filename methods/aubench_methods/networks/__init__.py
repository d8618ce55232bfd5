"""Networks of the heat-map papers."""
