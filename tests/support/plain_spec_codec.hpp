#pragma once

#include "storage/spec_codec.hpp"

#include <string>
#include <string_view>

namespace potd::test {

/// A codec for tests of the store: keeps name, base and hostname, one a line behind a mark.
inline storage::SpecCodec plain_spec_codec() {
    constexpr std::string_view mark = "plain\n";
    return {[=](const core::PotSpec& spec) {
                return std::string(mark) + spec.name + "\n" + spec.base + "\n" + spec.hostname + "\n";
            },
            [=](std::string_view text) -> core::Result<core::PotSpec> {
                if (!text.starts_with(mark)) {
                    return core::error(core::ErrorKind::InvalidArgument, "line 1: mark expected");
                }
                text.remove_prefix(mark.size());
                core::PotSpec spec;
                for (std::string* field : {&spec.name, &spec.base, &spec.hostname}) {
                    const auto end = text.find('\n');
                    *field = text.substr(0, end);
                    text.remove_prefix(end + 1);
                }
                return spec;
            }};
}

}  // namespace potd::test
