#pragma once

#include "api/http/request.hpp"
#include "core/base/error.hpp"
#include "core/model/operation.hpp"
#include "core/model/principal.hpp"
#include "core/service/pot_service.hpp"
#include "openapi/wire/pot.hpp"

#include <set>
#include <string>
#include <string_view>

namespace potd::api {

/// Names of pots that are out of somebody's reach and that he has said himself.
using OwnWords = std::set<std::string, std::less<>>;
[[nodiscard]] OwnWords own_words(const core::Principal& who, const core::PotService& pots,
                                 const Request& request);

/// An error as somebody with a label selector is told of it: "another pot" in place of each that is out of
/// his reach, and nothing of why that one failed. What stands in single quotes and is in his own request
/// stays.
[[nodiscard]] core::Error veiled(const core::Principal& who, const core::PotService& pots, core::Error error,
                                 const OwnWords& own);

/// The same of what has become of an operation; his own words are those of the one he asked for.
[[nodiscard]] core::Operation veiled(const core::Principal& who, const core::PotService& pots,
                                     core::Operation operation);

/// The same of a text about a pot (by its id) that he sees. What its own spec says stays, as its command.
[[nodiscard]] std::string veiled_text(const core::Principal& who, const core::PotService& pots,
                                      std::string_view pot, const std::string& text);

/// Whether what commands print is kept from him: what is in a log is for operators.
[[nodiscard]] bool reads_no_output(const core::Principal& who);

// Takes away what somebody may not know: what hooks and checks printed, and pots that are out of his reach.
void veil(const core::Principal& who, const core::PotService& pots, std::string_view pot, wire::Run& run);
void veil(const core::Principal& who, wire::HealthReport& report);
void veil(const core::Principal& who, const core::PotService& pots, wire::Pot& pot);

/// Whether there is something for veil() to take away; if not, the pot is the same to everybody.
[[nodiscard]] bool needs_veil(const core::Principal& who, const core::PotService& pots, const core::Pot& pot);

}  // namespace potd::api
