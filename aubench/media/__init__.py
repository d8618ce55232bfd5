"""Pictures and videos, whoever needs them."""
