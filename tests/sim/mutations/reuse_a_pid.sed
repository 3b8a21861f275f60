# core/lifecycle/transition.cpp
# What is observed of an earlier run of the pot is taken for the present one's.
s/return life.pot.run && life.pot.run->number == run;/return life.pot.run \&\& run != 0;/
