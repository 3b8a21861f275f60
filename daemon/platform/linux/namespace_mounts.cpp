#include "daemon/platform/linux/namespace_mounts.hpp"

#include <memory>
#include <utility>

namespace potd::platform {

void NamespaceMounts::act(const core::RunKey& key, LiveMount mount,
                          const std::function<core::Status(const LiveMount&)>& what,
                          core::Reply<void> reply) {
    auto init = runtime_.init_of(key);
    if (!init) {
        executor_.post([reply = std::move(reply), gone = std::move(init).error()] { reply(gone); });
        return;
    }
    mount.init = *init;
    auto outcome = std::make_shared<core::Status>();
    executor_.blocking([what, mount = std::move(mount), outcome] { *outcome = what(mount); },
                       [outcome, reply = std::move(reply)] { reply(std::move(*outcome)); });
}

void NamespaceMounts::mount(const core::RunKey& key, const core::MountSpec& mount,
                            std::uint32_t first_host_id, core::Reply<void> reply) {
    act(key, {{}, mount.source, mount.target, mount.read_only, first_host_id}, mount_live, std::move(reply));
}

void NamespaceMounts::unmount(const core::RunKey& key, const core::MountSpec& mount,
                              core::Reply<void> reply) {
    act(key, {{}, mount.source, mount.target, mount.read_only, 0}, unmount_live, std::move(reply));
}

}  // namespace potd::platform
