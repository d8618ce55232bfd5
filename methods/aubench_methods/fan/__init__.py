"""The face-alignment network (FAN): its weights, and how they are trained."""
