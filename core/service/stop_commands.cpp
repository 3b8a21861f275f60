#include "core/service/stop_commands.hpp"

#include <utility>

namespace potd::core {

StopCommands::StopCommands(Supervisor& supervisor, ExecProbe::Ports ports)
    : supervisor_(supervisor), ports_(ports) {
    supervisor_.set_stop_command([this](const RunKey& key, const std::vector<std::string>& command,
                                        milliseconds timeout) { run(key, command, timeout); });
}

/// One of an earlier run that is still there lost its run: nobody asks for its end any more.
void StopCommands::run(const RunKey& key, const std::vector<std::string>& command, milliseconds timeout) {
    const auto probe = std::make_shared<ExecProbe>(ports_);
    under_way_[key.pot] = probe;
    probe->begin(key, command, timeout, [this, key](const Result<std::string>& result) {
        under_way_.erase(key.pot);
        std::optional<Error> problem;
        if (!result) problem = result.error();
        supervisor_.observe(key.pot, StopCommandDone{key.run, std::move(problem)});
    });
}

}  // namespace potd::core
