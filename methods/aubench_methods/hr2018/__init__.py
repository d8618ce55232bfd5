"""The heat-map regression of Sánchez-Lozano, Tzimiropoulos & Valstar, BMVC 2018."""
