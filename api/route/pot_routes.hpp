#pragma once

#include "api/convert/pot_texts.hpp"
#include "api/http/router.hpp"
#include "core/service/flavour_service.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/secret_service.hpp"
#include "core/service/snapshot_service.hpp"

#include <string>
#include <utility>

namespace potd::api {

/// /v1/pots: making, looking, changing, destroying.
class PotRoutes {
  public:
    PotRoutes(core::PotService& pots, core::SnapshotService& snapshots, core::FlavourService& flavours,
              core::SecretService& secrets, PotTexts& texts, core::PotSpec defaults)
        : pots_(pots),
          snapshots_(snapshots),
          flavours_(flavours),
          secrets_(secrets),
          texts_(texts),
          defaults_(std::move(defaults)) {}
    void add_to(Router& router);
    void set_defaults(core::PotSpec defaults) { defaults_ = std::move(defaults); }

  private:
    void add_changes(Router& router);
    void list(Exchange& exchange);
    void get(Exchange& exchange);
    void create(Exchange& exchange);
    void change(Exchange& exchange);
    void destroy(Exchange& exchange);
    void rename(Exchange& exchange);
    void mount(Exchange& exchange);
    void unmount(Exchange& exchange);

    core::PotService& pots_;
    core::SnapshotService& snapshots_;
    core::FlavourService& flavours_;
    core::SecretService& secrets_;
    PotTexts& texts_;
    core::PotSpec defaults_;  ///< what a pot gets that does not say otherwise
};

/// "ETag: …" with its CR LF.
[[nodiscard]] std::string etag_line(const core::Pot& pot);
/// The reply to whoever made it: 201 with its place.
[[nodiscard]] core::Reply<core::PotPtr> answer_new_pot(Exchange& exchange, std::string name, PotTexts& texts);
/// Applies a merge patch (RFC 7396) to a spec.
[[nodiscard]] core::Status merge_spec(core::PotSpec& spec, const std::string& patch);
/// A reply that answers with the pot, or with 204 when it is gone by then.
[[nodiscard]] core::Reply<core::PotPtr> answer_pot(Exchange& exchange, std::string name, PotTexts& texts);

}  // namespace potd::api
