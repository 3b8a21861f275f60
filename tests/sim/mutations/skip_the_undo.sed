# core/lifecycle/ending.cpp
# What a run had on the machine is never released.
/enter_stage(step, RunStage::Releasing);/{
N
s/.*/        begin_hooks(step, HookStage::Poststop);/
}
