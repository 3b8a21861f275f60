#pragma once

#include "core/model/ids.hpp"
#include "core/model/pot_spec.hpp"
#include "core/model/secrets.hpp"
#include "core/port/secret_box.hpp"
#include "core/service/along.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace potd::core {

/// The secret variables of pots (`env_secret`). Knows them sealed; they are opened for a launch, and for a
/// clone, which gets its own. Loop thread.
class SecretService {
  public:
    struct Ports {
        SecretBox& box;
        std::function<void(const std::string&)> complain;  ///< one sentence for the log
    };

    explicit SecretService(Ports ports) : ports_(std::move(ports)) {}

    /// What is stored. Complains if there is some that the key does not open.
    void recover(std::map<PotId, SealedSecrets> stored);

    /// In their order.
    [[nodiscard]] std::vector<std::string> names(const PotId& pot) const;
    [[nodiscard]] std::vector<std::string> names_after(const PotId& pot, const SecretChange& change) const;
    /// Those that would be there no more, be new, or have another value; one that does not open has.
    [[nodiscard]] std::vector<std::string> differing(const PotId& pot, const SecretChange& change);

    /// Whether that can be done to a pot; null: a new one. InvalidArgument on a field of env_secret, without
    /// the value; what the box says, also if it opens nothing of what is stored.
    [[nodiscard]] Status check(const PotId* pot, const SecretChange& change);
    /// Stores it with what `along` does, for this pot, which may be one to come. It was checked. All is
    /// sealed here, before anything is changed: Internal on a field of env_secret if the box fails.
    [[nodiscard]] Result<Along> boarding(const PotId& pot, SecretChange change, Along along);
    /// What a clone of this pot gets, before what else is asked for.
    [[nodiscard]] Result<SecretChange> copy_of(const PotId& pot, SecretChange change);

    /// The spec as it is launched: with them among the variables, in place of others of the same name.
    [[nodiscard]] Result<PotSpec> opened(const PotId& pot, PotSpec spec);

    void drop(const PotId& pot) { sealed_.erase(pot); }

    static constexpr std::size_t most_secrets = 100;
    static constexpr std::size_t most_bytes = 96UL
                                              << 10U;  ///< of one pot's values; the launch plan holds 1 MiB

  private:
    /// As SecretChange.
    struct SealedChange {
        std::map<std::string, std::optional<std::string>> given;
        std::optional<std::vector<std::string>> kept;
    };

    [[nodiscard]] const SealedSecrets& of(const PotId& pot) const;
    [[nodiscard]] std::size_t bytes_after(const PotId& pot, const SecretChange& change) const;
    [[nodiscard]] Status usable();
    [[nodiscard]] Result<std::string> open_one(const PotId& pot, const std::string& name,
                                               const std::string& closed);
    [[nodiscard]] Result<SealedChange> sealed(const PotId& pot, SecretChange change);
    [[nodiscard]] SealedSecrets after(const PotId& pot, const SealedChange& change) const;
    void put(const PotId& pot, SealedSecrets secrets);

    Ports ports_;
    std::map<PotId, SealedSecrets> sealed_;  ///< of pots that have some
};

}  // namespace potd::core
