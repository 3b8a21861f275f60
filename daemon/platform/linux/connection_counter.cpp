#include "daemon/platform/linux/connection_counter.hpp"

#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <cstddef>
#include <utility>

namespace potd::platform {
namespace {

constexpr std::size_t longest_line = 512;

/// The word behind the next "src=", and the rest of the line behind it.
std::optional<core::IpAddress> take_source(std::string_view& line) {
    constexpr std::string_view key = " src=";
    const std::size_t at = line.find(key);
    if (at == std::string_view::npos) return std::nullopt;
    line.remove_prefix(at + key.size());
    const std::string_view word = line.substr(0, line.find(' '));
    auto address = core::parse_ip_address(word);
    return address ? std::optional(*address) : std::nullopt;
}

}  // namespace

std::map<core::IpAddress, std::int64_t> count_connections(std::string_view table) {
    std::map<core::IpAddress, std::int64_t> counts;
    while (!table.empty()) {
        const std::size_t end = table.find('\n');
        std::string_view line = table.substr(0, end);
        table.remove_prefix(end == std::string_view::npos ? table.size() : end + 1);
        // Who opened it, and who answers: behind address translation that is the pot.
        const auto opener = take_source(line);
        const auto answerer = opener ? take_source(line) : std::nullopt;
        if (opener) ++counts[*opener];
        if (answerer && answerer != opener) ++counts[*answerer];
    }
    return counts;
}

void ConnectionCounter::read() {
    counts_.reset();
    const auto count = read_file(proc_ + "/sys/net/netfilter/nf_conntrack_count");
    const auto number = count ? parse_number(*count) : std::nullopt;
    if (!number || *number > most) return;
    // Some more may have come since.
    const auto table =
        read_file(proc_ + "/thread-self/net/nf_conntrack", static_cast<std::size_t>(2 * most) * longest_line);
    if (table) counts_ = count_connections(*table);
}

std::optional<std::int64_t> ConnectionCounter::of(const std::vector<core::IpAddress>& addresses) {
    const auto now = std::chrono::steady_clock::now();
    if (!read_at_ || now - *read_at_ >= age_) {
        read();
        read_at_ = now;
    }
    if (!counts_) return std::nullopt;
    std::int64_t sum = 0;
    for (const core::IpAddress& address : addresses) {
        const auto found = counts_->find(address);
        if (found != counts_->end()) sum += found->second;
    }
    return sum;
}

}  // namespace potd::platform
