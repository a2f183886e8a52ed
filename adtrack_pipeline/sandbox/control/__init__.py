"""What the sandbox has and Meta has not: faults on demand, the ledger, the call log, a movable clock."""
