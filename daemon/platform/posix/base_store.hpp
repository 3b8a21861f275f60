#pragma once

#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "daemon/platform/posix/base_stop.hpp"
#include "daemon/platform/posix/base_volumes.hpp"
#include "daemon/platform/posix/tree_trash.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>

namespace potd::platform {

struct BaseOptions {
    std::string state_dir;  ///< exists, absolute
    std::string
        installer;       ///< name or path of the program that brings releases; empty: this system's usual one
    std::string mirror;  ///< for releases; empty: the machine's own source of them
    std::string package_sources = "/etc/apt";                           ///< where Debian's is looked up
    std::string host_root = "/";                                        ///< what the base `host` shows
    std::int64_t max_bytes = std::numeric_limits<std::int64_t>::max();  ///< of a tarball or copied directory
    std::function<void(const std::string& message)> problem;            ///< for the log
    std::shared_ptr<BaseVolumes> volumes;  ///< what bases are, where they are no directories; may be null
};

/// Bases below <state>/bases, directories or volumes that are mounted there. One is built as
/// .tmp-<name>-<pid> and gets its name after its content is on disk, a directory by one rename. Trees that
/// go, also half-made ones, are renamed to <state>/trash and deleted in the background. Bases are for root
/// alone, since they hold set-id programs the host must not run.
class TreeBaseStore final : public core::BaseStore {
  public:
    [[nodiscard]] static core::Result<std::unique_ptr<TreeBaseStore>> open(core::Executor& executor,
                                                                           BaseOptions options);
    TreeBaseStore(const TreeBaseStore&) = delete;
    TreeBaseStore& operator=(const TreeBaseStore&) = delete;
    ~TreeBaseStore() override;

    /// InvalidArgument with the field, Conflict if the name is installed, else as the source's function says.
    void install(const core::BaseRequest& request, Progress progress, core::Reply<core::Base> reply) override;
    void cancel(std::string_view name) override;
    void remove(const core::Base& base, core::Reply<void> reply) override;
    core::Status sweep(const std::vector<core::Base>& known) override;

    /// Installs under way end soon, with Cancelled, their programs killed; later ones too. For shutdown,
    /// before the pool is waited for; the destructor does the same.
    void stop();

  private:
    TreeBaseStore(core::Executor& executor, BaseOptions options, UniqueFd directory,
                  std::shared_ptr<TreeTrash> trash);
    [[nodiscard]] core::Result<UniqueFd> begin(const std::string& name, const std::string& temporary);
    void build(const core::BaseRequest& request, UniqueFd tree, Progress progress,
               core::Reply<core::Base> reply);
    void discard_temporary(const std::string& temporary);
    void remove_volume(const std::string& name, core::Reply<void> reply);
    [[nodiscard]] core::Result<core::Base> built(const std::string& temporary,
                                                 core::Result<core::Base> outcome);

    core::Executor& executor_;
    BaseOptions options_;
    std::string path_;
    UniqueFd directory_;
    std::shared_ptr<TreeTrash> trash_;
    std::map<std::string, std::shared_ptr<StopSignal>, std::less<>> stops_;  ///< of installs under way
    bool stopped_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for what comes back too late
};

}  // namespace potd::platform
