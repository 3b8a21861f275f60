# core/service/pot_making.cpp
# The key of a request is not stored with the new pot.
s/if (along) along.board(changes, pot.get());//
