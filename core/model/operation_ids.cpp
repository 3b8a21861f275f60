#include "core/model/operation_ids.hpp"

#include <algorithm>

namespace potd::core {
namespace {

constexpr std::string_view base32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t id_length = 26;
constexpr std::size_t time_length = 10;

/// Five bits to a digit, the lowest last.
void put_digits(std::string& id, std::size_t first, std::size_t count, std::uint64_t value) {
    for (std::size_t i = count; i > 0; --i) {
        id[first + i - 1] = base32[value & 31U];
        value >>= 5U;
    }
}

/// The next greater one.
std::string successor(std::string id) {
    for (std::size_t i = id.size(); i > 0; --i) {
        const std::size_t digit = base32.find(id[i - 1]);
        if (digit + 1 < base32.size()) {
            id[i - 1] = base32[digit + 1];
            break;
        }
        id[i - 1] = base32.front();
    }
    return id;
}

}  // namespace

std::string OperationIds::next(WallTime now) {
    std::string id(id_length, '0');
    put_digits(id, 0, time_length, static_cast<std::uint64_t>(std::max<std::int64_t>(now.ms, 0)));
    put_digits(id, time_length, 8, random_());
    put_digits(id, time_length + 8, 8, random_());
    if (id <= last_) id = successor(last_);
    last_ = id;
    return id;
}

void OperationIds::after(std::string_view id) {
    if (is_operation_id(id) && id > last_) last_ = id;
}

bool is_operation_id(std::string_view text) noexcept {
    return text.size() == id_length && text.find_first_not_of(base32) == std::string_view::npos;
}

}  // namespace potd::core
