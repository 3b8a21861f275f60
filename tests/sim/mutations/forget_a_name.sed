# core/service/pot_names.cpp
# Who has ended stays in the files of the others.
s/if (was_up != up) return touch(/if (!was_up \&\& up) return touch(/
