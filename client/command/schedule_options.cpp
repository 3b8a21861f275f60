#include "client/command/schedule_options.hpp"

#include "client/text/decimal.hpp"

namespace potd::client {

Result<Value> schedule_from_options(const Arguments& arguments, const std::string& prefix) {
    Value schedule;
    if (const auto every = arguments.value(prefix + "every")) schedule.set("every", *every);
    if (const auto keep = arguments.value(prefix + "keep")) {
        const auto number = whole_number(*keep);
        if (!number) return usage("--" + prefix + "keep: '" + *keep + "' is not a number");
        schedule.set("keep", *number);
    }
    if (const auto age = arguments.value(prefix + "keep-for")) schedule.set("keep_for", *age);
    return schedule;
}

}  // namespace potd::client
