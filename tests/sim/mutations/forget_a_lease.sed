# core/service/pot_service.cpp
# A rename that fails keeps the new name for ever.
s/reserved_.erase(new_name);/if (result) reserved_.erase(new_name);/
