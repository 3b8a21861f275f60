#pragma once

#include "daemon/platform/posix/base_volumes.hpp"
#include "daemon/platform/posix/serial_executor.hpp"
#include "daemon/platform/posix/zfs_datasets.hpp"

#include <memory>
#include <utility>

namespace potd::platform {

/// Bases as datasets with a snapshot, of which pots are clones.
class ZfsBases final : public BaseVolumes {
  public:
    ZfsBases(ZfsDatasets datasets, std::shared_ptr<SerialExecutor> order)
        : datasets_(std::move(datasets)), order_(std::move(order)) {}

    [[nodiscard]] core::Status make(const std::string& temporary) override {
        return datasets_.make_base(temporary);
    }
    [[nodiscard]] core::Status receive(const core::SnapshotKey& source, const std::string& temporary,
                                       const core::BaseStore::Progress& progress, const std::string& message,
                                       const StopSignal& stop) override {
        return datasets_.receive_base(source, temporary, {progress, message, &stop});
    }
    [[nodiscard]] core::Status keep(const std::string& temporary, const std::string& name) override {
        return datasets_.keep_base(temporary, name);
    }
    [[nodiscard]] core::Status discard(const std::string& name) override { return datasets_.drop_base(name); }
    [[nodiscard]] core::Status sweep(const std::set<std::string>& known) override {
        return datasets_.sweep_bases(known);
    }
    [[nodiscard]] core::Executor& order() override { return *order_; }

  private:
    ZfsDatasets datasets_;
    std::shared_ptr<SerialExecutor> order_;
};

}  // namespace potd::platform
