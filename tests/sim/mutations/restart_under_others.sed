# I9: a pot is restarted under those that depend on it.
s|waiting_ = dependencies_.live_above(name_);|waiting_.clear();|
