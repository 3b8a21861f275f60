# core/service/supervisor.cpp
# What is only observed leads to effects before it is recorded.
s/|| touches_machine(outcome)/|| (outcome.intent \&\& touches_machine(outcome))/
