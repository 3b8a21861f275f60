#pragma once

namespace potd::platform {

/// The step before the program at which a hook's child gave up, as the child tells it.
struct HookFailure {
    enum class Step : int { Group, Streams, User, Directory, Program, Helper };
    Step step = Step::Program;
    int error_number = 0;
};

}  // namespace potd::platform
