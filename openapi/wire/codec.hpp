#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::wire {

/// Why a text could not be read as the wanted struct.
struct DecodeError {
    std::string code;  ///< "malformed", "duplicate_key", "unknown_field", "missing_field", "invalid_argument"
    std::string field;    ///< dotted path, "mounts[2].target"; empty for the whole
    std::string message;  ///< one sentence with the field, the value and what was expected
    friend bool operator==(const DecodeError&, const DecodeError&) = default;
};

/// Strict is for requests: unknown fields are refused. Lenient is for answers of a daemon that may
/// be newer than the reader: unknown fields are skipped. Patch is for a part of a struct: as Strict,
/// but what is required may be absent outside of lists.
enum class Mode { Strict, Lenient, Patch };

/// Compact JSON, fields in the order of the struct. Bytes that are not UTF-8 become U+FFFD.
/// Defined for every struct of openapi/wire.
template <class T>
[[nodiscard]] std::string encode(const T& value);

/// Reads JSON into `out`, which keeps its values for absent and null fields. At most 32 levels deep.
template <class T>
[[nodiscard]] std::optional<DecodeError> decode(std::string_view json, T& out, Mode mode = Mode::Strict);

struct FieldInfo {
    std::string name;
    bool required = false;  ///< decode refuses its absence
};

/// The fields of a struct as they stand on the wire, in order.
template <class T>
[[nodiscard]] std::vector<FieldInfo> fields_of();

/// RFC 7396: `patch` applied to the object `target`. Fails only if either is not well-formed.
[[nodiscard]] std::optional<DecodeError> merge_patch(std::string_view target, std::string_view patch,
                                                     std::string& result);

/// The names of an object's members in their order; none of anything else.
[[nodiscard]] std::vector<std::string> member_names(std::string_view json);

/// Appends `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// True if both are well-formed and mean the same, whatever the order of their fields.
[[nodiscard]] bool same_json(std::string_view left, std::string_view right);

}  // namespace potd::wire
