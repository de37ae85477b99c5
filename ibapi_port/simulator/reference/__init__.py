"""What does not change while the market runs: contracts, rules, news, scanners and the like."""
