#include "daemon/platform/linux/seccomp_ranges.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>

#include <linux/seccomp.h>
#include <seccomp.h>

namespace potd::platform {
namespace {

constexpr std::size_t farthest_jump = std::numeric_limits<std::uint8_t>::max();

sock_filter range_instruction(int code, std::uint32_t operand) {
    return {static_cast<std::uint16_t>(code), 0, 0, operand};
}

/// Where the answer changes, ascending: numbers from an even place up to the next are allowed.
std::vector<int> edges_of(const std::set<int>& calls) {
    std::vector<int> edges;
    for (const int call : calls) {
        if (!edges.empty() && edges.back() == call) {
            edges.back() = call + 1;
            continue;
        }
        edges.push_back(call);
        edges.push_back(call + 1);
    }
    return edges;
}

/// Binary search over the edges, of which there are some. Its leaves are two: the end of the tree allows, one
/// beyond it does not.
class SearchTree {
  public:
    explicit SearchTree(const std::vector<int>& edges) : edges_(edges), program_(edges.size()) {
        place(0, edges.size());
    }
    [[nodiscard]] std::vector<sock_filter> take() { return std::move(program_); }

  private:
    /// A node for the edges [from, to), with its subtrees behind it; the place of the node.
    std::size_t place(std::size_t from, std::size_t to) {
        const std::size_t at = used_++;
        const std::size_t middle = from + (to - from) / 2;
        const std::size_t below = middle > from ? place(from, middle) : leaf(middle);
        const std::size_t above = middle + 1 < to ? place(middle + 1, to) : leaf(middle + 1);
        program_[at] =
            range_instruction(BPF_JMP | BPF_JGE | BPF_K, static_cast<std::uint32_t>(edges_[middle]));
        program_[at].jt = static_cast<std::uint8_t>(above - at - 1);
        program_[at].jf = static_cast<std::uint8_t>(below - at - 1);
        return at;
    }
    /// What holds for a number with `passed` edges at or below it.
    [[nodiscard]] std::size_t leaf(std::size_t passed) const {
        return passed % 2 == 1 ? program_.size() : program_.size() + 1;
    }

    const std::vector<int>& edges_;
    std::vector<sock_filter> program_;
    std::size_t used_ = 0;
};

}  // namespace

core::Result<std::vector<sock_filter>> allow_ranges(const std::set<int>& calls) {
    const auto edges = edges_of(calls);
    if (edges.empty()) return std::vector<sock_filter>{};
    if (edges.size() + 2 > farthest_jump) {
        return core::error(core::ErrorKind::TooLarge, "the list of system calls has too many gaps");
    }
    std::vector<sock_filter> program{
        range_instruction(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        range_instruction(BPF_JMP | BPF_JEQ | BPF_K, ::seccomp_arch_native()),
        range_instruction(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    };
    const auto tree = SearchTree(edges).take();
    program.insert(program.end(), tree.begin(), tree.end());
    program.push_back(range_instruction(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    program[1].jf = static_cast<std::uint8_t>(program.size() - 2);
    return program;
}

}  // namespace potd::platform
