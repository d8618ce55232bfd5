"""Commands about methods: run, check, profile, pretrain, predict."""
