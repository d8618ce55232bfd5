"""The built-in methods: plug-ins like anyone's."""
