"""The official protocols and the published tables: plug-ins like anyone's."""
