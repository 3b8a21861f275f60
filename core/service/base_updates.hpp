#pragma once

#include "core/port/executor.hpp"
#include "core/service/base_service.hpp"
#include "core/service/bases_of_pots.hpp"
#include "core/service/flavour_service.hpp"
#include "core/service/operation_service.hpp"
#include "core/service/pot_service.hpp"

#include <functional>
#include <string>
#include <vector>

namespace potd::core {

/// Updates of bases: flavours are applied to the base pot, or to one that is made for it, and its files
/// become the base's next revision. With one transaction the base has that and the pot is finished; what
/// fails or is cut before leaves the base, and a base pot, as they were. Loop thread only; replies come
/// later.
class BaseUpdates {
  public:
    struct Ports {
        Executor& executor;
        BaseService& bases;
        PotService& pots;
        BasesOfPots& of_pots;
        FlavourService& flavours;
        OperationService& operations;
        std::string flavour;  ///< this system's usual one
    };
    explicit BaseUpdates(Ports ports) : ports_(std::move(ports)) {}
    BaseUpdates(const BaseUpdates&) = delete;
    BaseUpdates& operator=(const BaseUpdates&) = delete;

    struct Asked {
        std::string base;
        std::vector<std::string> flavours;  ///< empty: the usual one
        std::string operation;              ///< as of FlavourService::Asked
        PotSpec pot;  ///< of a base pot that is made for it; name, base, type and level are filled in
    };
    /// NotFound for an unknown base; Unsupported for one that is the host's; Conflict while it is being
    /// updated and while its base pot runs.
    void update(Asked asked, Reply<Base> reply);

  private:
    void update_pot(const Asked& asked, const Base& base, const Reply<PotPtr>& reply);
    void complete(const Asked& asked, const PotPtr& pot, const PotSpec& own,
                  const std::function<bool()>& is_over, const Reply<PotPtr>& done);
    void record(const Asked& asked, const PotPtr& pot, const PotSpec& own, const Base& made,
                const Reply<PotPtr>& done);

    Ports ports_;
};

}  // namespace potd::core
