# core/model/event_epochs.cpp
# Who saw events that a power cut took goes on as if they were there.
s/same = std::min(same, later->start);/static_cast<void>(later);/
