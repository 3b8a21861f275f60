#pragma once

#include "core/port/secret_box.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace potd::fakes {

/// Turns texts round, which is enough to see whether one is in the open.
class FakeSecretBox : public core::SecretBox {
  public:
    core::Status ready(bool may_make) override {
        if (!error && !made) {
            if (!may_make) return core::error(core::ErrorKind::NotFound, "there is no key");
            made = true;
        }
        return error ? core::Status(*error) : core::Status();
    }
    core::Result<std::string> seal(std::string_view context, std::string_view text) override {
        if (error) return *error;
        if (++seals == failing_seal) return core::error(core::ErrorKind::ResourceExhausted, "no numbers");
        return std::to_string(seals) + "|" + std::string(context) + "|" +
               std::string(text.rbegin(), text.rend());
    }
    core::Result<std::string> open(std::string_view context, std::string_view sealed) override {
        if (error) return *error;
        if (locked) return core::error(core::ErrorKind::Unavailable, "another key");
        sealed.remove_prefix(sealed.find('|') + 1);
        const std::string head = std::string(context) + "|";
        if (!sealed.starts_with(head)) return core::error(core::ErrorKind::Unavailable, "of another context");
        sealed.remove_prefix(head.size());
        return std::string(sealed.rbegin(), sealed.rend());
    }

    [[nodiscard]] std::size_t length_of(std::string_view sealed) const override {
        return sealed.size() - sealed.find('|', sealed.find('|') + 1) - 1;
    }

    std::optional<core::Error> error;
    bool made = false;
    bool locked = false;  ///< nothing that was sealed opens
    int seals = 0;
    int failing_seal = 0;  ///< which one fails, as `seals` counts them; 0: none
};

}  // namespace potd::fakes
