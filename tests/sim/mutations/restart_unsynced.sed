# core/lifecycle/starting.cpp
# A run that the restart policy begins is recorded without a sync: its number can be given again.
/^void begin_run/,/^}/s/step.out.intent = true;/step.out.intent = cause != StartCause::Restart;/
