#pragma once

#include <filesystem>

namespace potd::test {

/// Makes of the database of a potd that does not run one of an earlier schema, as the potd of that time left
/// it: made by that time's migrations, with what they know of the pots, runs, bases and events that are
/// there. Throws std::runtime_error.
void age_database(const std::filesystem::path& file, int schema);

/// The number of the present schema.
[[nodiscard]] int present_schema();

/// Writes another schema number into it. Throws as above.
void set_schema(const std::filesystem::path& file, int schema);

}  // namespace potd::test
