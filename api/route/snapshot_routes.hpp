#pragma once

#include "api/convert/pot_texts.hpp"
#include "api/http/router.hpp"
#include "core/service/flavour_service.hpp"
#include "core/service/secret_service.hpp"
#include "core/service/snapshot_service.hpp"
#include "openapi/wire/snapshot.hpp"

#include <optional>
#include <string>

namespace potd::api {

/// /v1/pots/{name}/snapshots and what is done with them: rollback, clone, promote.
class SnapshotRoutes {
  public:
    SnapshotRoutes(core::SnapshotService& snapshots, core::FlavourService& flavours,
                   const core::PotService& pots, core::SecretService& secrets, PotTexts& texts)
        : snapshots_(snapshots), flavours_(flavours), pots_(pots), secrets_(secrets), texts_(texts) {}
    void add_to(Router& router);

  private:
    void list(Exchange& exchange);
    void get(Exchange& exchange);
    void take(Exchange& exchange);
    void remove(Exchange& exchange);
    void purge(Exchange& exchange);
    void roll_back(Exchange& exchange);
    void clone(Exchange& exchange);
    [[nodiscard]] std::optional<core::SecretChange> secrets_of_clone(Exchange& exchange,
                                                                     const std::string& pot,
                                                                     const std::string& changes);
    [[nodiscard]] core::SnapshotService::Cloning cloning_of(const wire::CloneRequest& body,
                                                            const core::PrincipalPtr& who);
    void promote(Exchange& exchange);
    void answer_list(const Later& later, const std::string& pot, const core::LabelFilter& filter);

    core::SnapshotService& snapshots_;
    core::FlavourService& flavours_;
    const core::PotService& pots_;
    core::SecretService& secrets_;
    PotTexts& texts_;
};

/// `size`: bytes on disk, or unset.
[[nodiscard]] wire::Snapshot to_wire(const core::Snapshot& snapshot, std::optional<std::int64_t> size);

}  // namespace potd::api
