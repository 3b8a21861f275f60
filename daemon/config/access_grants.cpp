#include "daemon/config/access_grants.hpp"

#include "core/model/names.hpp"
#include "daemon/config/config.hpp"

#include <set>
#include <utility>

#include <yaml-cpp/yaml.h>

namespace potd::config {

Grants* grants_of(Config& config, std::string_view path) {
    if (path == "access.users") return &config.access.users;
    if (path == "access.groups") return &config.access.groups;
    if (path == "access.certificates") return &config.access.certificates;
    return nullptr;
}

void read_grants(const YAML::Node& node, std::string_view path, Grants& grants,
                 const std::function<void(const YAML::Mark&, const std::string&)>& complain) {
    grants.clear();
    if (node.IsNull()) return;
    if (!node.IsMap()) {
        return complain(node.Mark(),
                        std::string(path) + ": expected names with roles, as in {alice: operator}");
    }
    std::set<std::string> seen;
    for (const auto& entry : node) {
        constexpr std::size_t longest = 255;
        const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
        const std::string at = std::string(path) + "." + name;
        if (name.empty() || name.size() > longest || !core::is_text(name)) {
            complain(entry.first.Mark(), at + ": expected a name");
        } else if (!seen.insert(name).second) {
            complain(entry.first.Mark(), at + ": is given twice");
        } else if (!entry.second.IsScalar()) {
            complain(entry.second.Mark(), at + ": expected a role such as operator");
        } else if (auto grant = core::grant_from(entry.second.Scalar(), at); !grant) {
            complain(entry.second.Mark(), grant.error().message);
        } else {
            grants.emplace(name, *std::move(grant));
        }
    }
}

}  // namespace potd::config
