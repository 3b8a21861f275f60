#pragma once

#include "api/convert/pot_texts.hpp"
#include "api/http/router.hpp"
#include "api/route/operation_call.hpp"
#include "api/route/routes.hpp"

#include <map>
#include <memory>
#include <string>

namespace potd::api {

/// Through which requests that change something come in: each becomes an operation, one that is repeated
/// with its Idempotency-Key gets the answer of the first.
class Admission {
  public:
    Admission(const Services& services, PotTexts& texts) : services_(services), texts_(texts) {}
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;

    /// For Router::set_admission.
    void admit(Exchange& exchange, const Route& route);

  private:
    void begin(Exchange& exchange, const Route& route, ClientWish wish);
    void repeat(Exchange& exchange, const std::string& id);
    void replay(const core::Operation& operation, const core::PrincipalPtr& who, const Later& later);
    [[nodiscard]] core::KeptAnswer rendered(const core::Operation& operation, const core::Principal& who,
                                            const Later& later);
    [[nodiscard]] core::KeptAnswer rendered_snapshots(const core::Operation& operation);
    [[nodiscard]] core::KeptAnswer rendered_base(const core::Operation& operation);
    [[nodiscard]] core::KeptAnswer rendered_volume(const core::Operation& operation);
    [[nodiscard]] core::KeptAnswer rendered_pot(const core::Operation& operation, const core::Principal& who);

    const Services& services_;
    PotTexts& texts_;
    std::map<std::string, std::shared_ptr<OperationCall>> calls_;  ///< under way, by operation
};

}  // namespace potd::api
