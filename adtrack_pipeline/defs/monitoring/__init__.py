"""The monitoring assets: reading frames, judging them, handing conditions to the alerts."""
