"""The built-in methods: plug-ins like any other."""
