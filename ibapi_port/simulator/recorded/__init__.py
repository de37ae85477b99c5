"""Own data: bars, quotes and trades of files, by which the market moves in place of dice."""
