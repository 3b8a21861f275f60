#include "client/command/print_one.hpp"

#include "client/output/json_text.hpp"
#include "client/output/yaml_text.hpp"

namespace potd::client {

Status print_one(Invocation& invocation, const Value& value, const std::string& line) {
    const std::string format = invocation.value("format").value_or("table");
    if (format == "json") {
        invocation.print_line(compact_json(value));
    } else if (format == "yaml") {
        invocation.print("---\n" + yaml_text(value));
    } else {
        invocation.print_line(line);
    }
    if (invocation.out().error() != 0) return failed("cannot write the output");
    return Done{};
}

}  // namespace potd::client
