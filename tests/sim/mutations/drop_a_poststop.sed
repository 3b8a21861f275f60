# core/lifecycle/recovering.cpp
# A poststop hook that a crash cut counts as done.
/stage == RunStage::Poststop/{
n
s/retry_hook(step)/finish_run(step)/
}
