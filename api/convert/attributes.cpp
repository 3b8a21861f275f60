#include "api/convert/attributes.hpp"

#include "core/model/attributes.hpp"

namespace potd::api {

core::Status apply_attributes(const std::map<std::string, wire::Loose>& attributes, core::PotSpec& spec) {
    for (const auto& [name, value] : attributes) {
        if (name == "exec_stop") {  // a spec has stop.command for that
            core::Error refused =
                core::error(core::ErrorKind::Unsupported, "attributes.exec_stop: give stop.command instead");
            refused.field = "attributes.exec_stop";
            return refused;
        }
        if (auto applied = core::apply_attribute(name, value.text, spec); !applied) return applied;
    }
    return {};
}

}  // namespace potd::api
