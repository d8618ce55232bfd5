"""What methods cost: parameters, flops, memory, seconds."""
