"""The numbers in the exam's keys: `keys.toml` holds what the keys print, `computed` computes it."""
