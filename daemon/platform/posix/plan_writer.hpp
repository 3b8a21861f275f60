#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/plan_tag.hpp"
#include "daemon/platform/posix/run_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace potd::platform {

/// Collects the records of one plan; remembers the first text that cannot be carried.
class PlanWriter {
  public:
    PlanWriter();

    void begin(PlanTag tag);
    void end();

    void number(std::uint64_t value, int size);
    void flag(bool value) { number(value ? 1 : 0, 1); }
    void text(const std::string& value, std::string_view field);
    void list(const std::vector<std::string>& values, std::string_view field);
    void raw(const void* data, std::size_t size);

    /// InvalidArgument with `field` if a string holds a NUL byte, TooLarge beyond max_plan_size.
    core::Result<std::vector<std::byte>> finish() &&;

  private:
    void patch(std::size_t position, std::size_t value);

    std::vector<std::byte> bytes_;
    std::size_t start_ = 0;
    std::string_view bad_field_;
};

/// The records of what every system's plan has.
void put_run(PlanWriter& out, const RunPlan& plan);

}  // namespace potd::platform
