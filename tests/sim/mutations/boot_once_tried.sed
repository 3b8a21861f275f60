# A start at boot that could not be recorded is not tried again.
s|later_.push_back({due.id, last_run(\*pot)});|ports_.complain("given up");|
