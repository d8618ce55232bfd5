"""Commands about methods: list, info, run, predict, pretrain, profile, check."""
