#pragma once

#include "daemon/compose.hpp"
#include "tests/crash/crash_points.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace potd::crash {

// The acting ports, each call of which and each answer to which is a crash point before and after.

class CrashingJournal final : public core::Journal {
  public:
    CrashingJournal(core::Journal& inner, CrashPoints& points) : inner_(inner), points_(points) {}
    void commit(std::vector<core::Change> changes, core::Durability durability, Recorded recorded,
                Durable durable) override;

  private:
    core::Journal& inner_;
    CrashPoints& points_;
};

class CrashingRuntime final : public core::Runtime, private core::RunObserver {
  public:
    CrashingRuntime(core::Runtime& inner, CrashPoints& points) : inner_(inner), points_(points) {}
    void set_observer(core::RunObserver* observer) override;
    core::Status check(const core::PotSpec& spec) override;
    void launch(core::LaunchRequest request) override;
    core::Status signal(const core::RunKey& key, int signal_number,
                        const core::SignalTarget& target) override;
    void kill_all(const core::RunKey& key) override;
    void freeze(const core::RunKey& key, bool frozen, core::Reply<void> reply) override;
    core::Status put_names(const core::RunKey& key, const core::NameFiles& files) override;
    void release(const core::RunKey& key, core::Reply<void> reply) override;
    void adopt(const core::RunKey& key, const core::RunProcesses& stored,
               core::Reply<core::Adopted> reply) override;
    void sweep(const std::vector<core::RunKey>& live, core::Reply<std::vector<std::string>> reply) override;

  private:
    void on_spawned(const core::RunKey& key, const core::ProcessIdentity& monitor) override;
    void on_started(const core::RunKey& key, const core::RunProcesses& processes, core::WallTime at) override;
    void on_launch_failed(const core::RunKey& key, const core::Error& error) override;
    void on_oom(const core::RunKey& key, const core::OomFacts& facts) override;
    void on_exited(const core::RunKey& key, const core::ExitRecord& record) override;

    core::Runtime& inner_;
    CrashPoints& points_;
    core::RunObserver* observer_ = nullptr;
};

class CrashingHookRunner final : public core::HookRunner {
  public:
    CrashingHookRunner(core::HookRunner& inner, CrashPoints& points) : inner_(inner), points_(points) {}
    core::Status check(const core::HookSpec& hook, std::string_view field) override;
    void run(core::HookRequest request, Done done) override;
    void cancel(const core::RunKey& key) override;
    core::Status sweep() override;

  private:
    core::HookRunner& inner_;
    CrashPoints& points_;
};

class CrashingFileSystem final : public core::FileSystem {
  public:
    CrashingFileSystem(core::FileSystem& inner, CrashPoints& points) : inner_(inner), points_(points) {}
    [[nodiscard]] std::string_view name() const override { return inner_.name(); }
    [[nodiscard]] core::StorageAbilities abilities() const override { return inner_.abilities(); }
    void create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) override;
    void clone(const core::SnapshotKey& source, const core::PotId& id, core::Reply<void> reply) override;
    core::Result<core::RootFs> root(const core::PotId& id, const core::Base& base) override;
    core::Status discard(const core::PotId& id) override;
    [[nodiscard]] std::string log_directory(const core::PotId& id) const override;
    void snapshot(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void rollback(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void prepare_limits(core::Reply<void> reply) override;
    void limit(const core::PotId& id, std::int64_t bytes, core::Reply<void> reply) override;
    void lend(const core::SnapshotKey& key, const core::Base& base,
              core::Reply<core::LentTree> reply) override;
    void give_back(const core::LentTree& tree) override;
    core::Status discard(const core::SnapshotKey& key) override;
    void measure(const core::SnapshotKey& key, core::Reply<std::int64_t> reply) override;
    void measure(const core::PotId& id, core::Reply<std::int64_t> reply) override;
    core::Status sweep(const std::vector<core::PotId>& known, const std::vector<core::SnapshotKey>& snapshots,
                       const core::DiskLimits& limits) override;

  private:
    core::FileSystem& inner_;
    CrashPoints& points_;
};

class CrashingLiveMounts final : public core::LiveMounts {
  public:
    CrashingLiveMounts(core::LiveMounts& inner, CrashPoints& points) : inner_(inner), points_(points) {}
    [[nodiscard]] core::Status check() const override { return inner_.check(); }
    void mount(const core::RunKey& key, const core::MountSpec& mount, std::uint32_t first_host_id,
               core::Reply<void> reply) override;
    void unmount(const core::RunKey& key, const core::MountSpec& mount, core::Reply<void> reply) override;

  private:
    core::LiveMounts& inner_;
    CrashPoints& points_;
};

class CrashingLimiter final : public core::Limiter {
  public:
    CrashingLimiter(core::Limiter& inner, CrashPoints& points) : inner_(inner), points_(points) {}
    [[nodiscard]] std::vector<core::LeftOut> left_out(const core::Limits& limits) const override {
        return inner_.left_out(limits);
    }
    void set(const core::RunKey& key, const core::Limits& limits, core::Reply<void> reply) override;

  private:
    core::Limiter& inner_;
    CrashPoints& points_;
};

class CrashingNetworks final : public core::Networks {
  public:
    CrashingNetworks(core::Networks& inner, CrashPoints& points) : inner_(inner), points_(points) {}
    [[nodiscard]] core::Status check() const override { return inner_.check(); }
    [[nodiscard]] core::Result<std::vector<core::TakenNetwork>> taken() const override {
        return inner_.taken();
    }
    [[nodiscard]] core::Status check_ipv6() const override { return inner_.check_ipv6(); }
    [[nodiscard]] core::Status check_uplink(const std::string& uplink) const override {
        return inner_.check_uplink(uplink);
    }
    [[nodiscard]] Advertised advertised(const core::RunKey& run,
                                        const core::ProcessIdentity& inside) const override {
        return inner_.advertised(run, inside);
    }
    void set_lost(Lost lost) override { inner_.set_lost(std::move(lost)); }
    [[nodiscard]] core::Status raise(const core::Bridge& bridge) override;
    [[nodiscard]] core::Status remove(const std::string& bridge) override;
    [[nodiscard]] core::Status connect(const core::RunKey& run,
                                       const core::Connections& connections) override;
    [[nodiscard]] core::Status check_free(const std::vector<core::PortForward>& ports) const override {
        return inner_.check_free(ports);
    }
    [[nodiscard]] core::Status check_rates() const override { return inner_.check_rates(); }
    [[nodiscard]] core::Status change_rates(const core::RunKey& run,
                                            const core::TrafficRates& rates) override;
    [[nodiscard]] core::Status change_ports(const core::RunKey& run,
                                            const std::vector<core::PortForward>& ports) override;
    [[nodiscard]] core::Status disconnect(const core::RunKey& run) override;
    [[nodiscard]] core::Status settle(const std::vector<core::Bridge>& bridges, const Live& live) override;

  private:
    core::Networks& inner_;
    CrashPoints& points_;
};

class CrashingVolumeStore final : public core::VolumeStore {
  public:
    CrashingVolumeStore(core::VolumeStore& inner, CrashPoints& points) : inner_(inner), points_(points) {}
    void create(const std::string& name, core::Reply<void> reply) override;
    [[nodiscard]] std::string path(std::string_view name) const override { return inner_.path(name); }
    void measure(const std::string& name, core::Reply<std::int64_t> reply) override;
    void measure(const core::VolumeSnapshotKey& key, core::Reply<std::int64_t> reply) override;
    [[nodiscard]] core::Status discard(const std::string& name) override;
    [[nodiscard]] bool has_quotas() const override { return inner_.has_quotas(); }
    void limit(const std::string& name, std::int64_t bytes, core::Reply<void> reply) override;
    [[nodiscard]] bool shares(std::string_view name) const override { return inner_.shares(name); }
    void snapshot(const core::VolumeSnapshotKey& key, core::Reply<void> reply) override;
    void rollback(const core::VolumeSnapshotKey& key, core::Reply<void> reply) override;
    void clone(const core::VolumeSnapshotKey& source, const std::string& name,
               core::Reply<void> reply) override;
    [[nodiscard]] core::Status discard(const core::VolumeSnapshotKey& key) override;
    [[nodiscard]] core::Status sweep(const std::vector<std::string>& known,
                                     const std::vector<core::VolumeSnapshotKey>& snapshots,
                                     const core::VolumeLimits& limits) override;

  private:
    core::VolumeStore& inner_;
    CrashPoints& points_;
};

}  // namespace potd::crash
