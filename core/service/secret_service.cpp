#include "core/service/secret_service.hpp"

#include "core/model/names.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <utility>

namespace potd::core {
namespace {

std::string field_of(const std::string& name) {
    return "env_secret." + name;
}

/// So that nothing that is sealed can be put elsewhere.
std::string context_of(const PotId& pot, const std::string& name) {
    return pot.text + "/" + name;
}

Error refused(const std::string& field, const std::string& why) {
    Error bad = error(ErrorKind::InvalidArgument, field + ": " + why);
    bad.field = field;
    return bad;
}

/// Never says the value.
Status check_value(const std::string& name, const std::string& value) {
    if (Status good = check_env_name(name, field_of(name)); !good) return good;
    if (is_text(value)) return {};
    return refused(field_of(name), "expected a text in UTF-8 without NUL");
}

/// Whatever the box says: neither who asked nor what was asked for is to blame.
Error unsealed(const std::string& name, Error why) {
    Error failed = std::move(why).in(field_of(name));
    failed.kind = ErrorKind::Internal;
    failed.field = field_of(name);
    return failed;
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void SecretService::recover(std::map<PotId, SealedSecrets> stored) {
    sealed_ = std::move(stored);
    if (const Status able = usable(); !able)
        ports_.complain("env_secret: " + able.error().message + "; pots with env_secret do not start");
}

const SealedSecrets& SecretService::of(const PotId& pot) const {
    static const SealedSecrets none;
    const auto found = sealed_.find(pot);
    return found == sealed_.end() ? none : found->second;
}

std::vector<std::string> SecretService::names(const PotId& pot) const {
    std::vector<std::string> all;
    for (const auto& [name, closed] : of(pot)) all.push_back(name);
    return all;
}

std::vector<std::string> SecretService::names_after(const PotId& pot, const SecretChange& change) const {
    std::vector<std::string> before = change.kept ? *change.kept : names(pot);
    std::set<std::string> after(before.begin(), before.end());
    for (const auto& [name, value] : change.given) {
        after.erase(name);
        if (value) after.insert(name);
    }
    return {after.begin(), after.end()};
}

std::vector<std::string> SecretService::differing(const PotId& pot, const SecretChange& change) {
    const std::vector<std::string> before = names(pot), after = names_after(pot, change);
    std::vector<std::string> found;
    std::set_symmetric_difference(before.begin(), before.end(), after.begin(), after.end(),
                                  std::back_inserter(found));
    for (const auto& [name, value] : change.given) {
        const auto closed = of(pot).find(name);
        if (!value || closed == of(pot).end() || is_among(found, name)) continue;
        const auto opened = open_one(pot, name, closed->second);
        if (!opened || *opened != *value) found.push_back(name);
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// One that opens is enough: a single record may be spoiled.
Status SecretService::usable() {
    constexpr int most_tries = 100;
    int tries = 0;
    Status last;
    for (const auto& [pot, secrets] : sealed_) {
        for (const auto& [name, closed] : secrets) {
            const auto opened = ports_.box.open(context_of(pot, name), closed);
            if (opened) return {};
            last = opened.error();
            if (++tries == most_tries) return last;
        }
    }
    return last;
}

std::size_t SecretService::bytes_after(const PotId& pot, const SecretChange& change) const {
    std::map<std::string, std::size_t> sizes;
    for (const auto& [name, closed] : of(pot)) {
        if (!change.kept || is_among(*change.kept, name)) sizes[name] = ports_.box.length_of(closed);
    }
    for (const auto& [name, value] : change.given) sizes[name] = value ? value->size() : 0;
    std::size_t bytes = 0;
    for (const auto& [name, size] : sizes) bytes += size;
    return bytes;
}

Status SecretService::check(const PotId* pot, const SecretChange& change) {
    if (change.empty()) return {};
    const PotId nobody{};
    const PotId& whose = pot == nullptr ? nobody : *pot;
    const std::vector<std::string> before = names(whose);
    for (const std::string& name : change.kept.value_or(std::vector<std::string>())) {
        if (!is_among(before, name))
            return refused("env_secret", "the pot has no '" + name + "' to keep; give it a value");
    }
    bool any = false;
    for (const auto& [name, value] : change.given) {
        if (Status good = check_value(name, value.value_or("")); !good) return good;
        any = any || value;
    }
    if (names_after(whose, change).size() > most_secrets)
        return refused("env_secret", "expected at most 100 variables");
    if (any && bytes_after(whose, change) > most_bytes)
        return refused("env_secret", "expected values of at most 96 KiB together");
    if (!any) return {};
    // A key that is missing is made for the first secret alone: those that are there need theirs, and one
    // that is sealed by another key would be lost once the right one is back.
    Status able = ports_.box.ready(sealed_.empty());
    if (able) able = usable();
    return able ? able : Status(Error(able.error()).in("env_secret"));
}

Result<SecretService::SealedChange> SecretService::sealed(const PotId& pot, SecretChange change) {
    SealedChange closed;
    closed.kept = std::move(change.kept);
    for (const auto& [name, value] : change.given) {
        if (!value) {
            closed.given[name].reset();
            continue;
        }
        auto text = ports_.box.seal(context_of(pot, name), *value);
        if (!text) return unsealed(name, std::move(text).error());
        closed.given[name] = *std::move(text);
    }
    return closed;
}

SealedSecrets SecretService::after(const PotId& pot, const SealedChange& change) const {
    SealedSecrets next = of(pot);
    if (change.kept) std::erase_if(next, [&](const auto& one) { return !is_among(*change.kept, one.first); });
    for (const auto& [name, closed] : change.given) {
        next.erase(name);
        if (closed) next.emplace(name, *closed);
    }
    return next;
}

void SecretService::put(const PotId& pot, SealedSecrets secrets) {
    if (secrets.empty())
        sealed_.erase(pot);
    else
        sealed_[pot] = std::move(secrets);
}

Result<Along> SecretService::boarding(const PotId& pot, SecretChange change, Along along) {
    along.new_pot = pot;
    if (change.empty()) return along;
    auto closed = sealed(pot, std::move(change));
    if (!closed) return std::move(closed).error();
    struct Before {
        SealedSecrets secrets;
        bool done = false;
    };
    const auto before = std::make_shared<Before>();
    Along both;
    both.new_pot = pot;
    both.board = [this, pot, change = *std::move(closed), before, along](std::vector<Change>& changes,
                                                                         const Pot* next) {
        // It may be asked again with what else becomes of the pot in the same request.
        if (next != nullptr && !std::exchange(before->done, true)) {
            before->secrets = of(pot);
            SealedSecrets now = after(pot, change);
            changes.emplace_back(PutSecrets{pot, now});
            put(pot, std::move(now));
        }
        if (along) along.board(changes, next);
    };
    both.lost = [this, pot, before, along] {
        if (std::exchange(before->done, false)) put(pot, before->secrets);
        if (along) along.lost();
    };
    return both;
}

Result<SecretChange> SecretService::copy_of(const PotId& pot, SecretChange change) {
    const auto found = sealed_.find(pot);
    if (found == sealed_.end()) return change;
    SecretChange whole;
    for (const auto& [name, closed] : found->second) {
        if (change.kept && !is_among(*change.kept, name)) continue;
        auto value = open_one(pot, name, closed);
        if (!value) return std::move(value).error();
        whole.given.emplace_back(name, *std::move(value));
    }
    for (auto& one : change.given) whole.given.push_back(std::move(one));
    return whole;
}

Result<std::string> SecretService::open_one(const PotId& pot, const std::string& name,
                                            const std::string& closed) {
    auto value = ports_.box.open(context_of(pot, name), closed);
    if (value) return value;
    Error unopened = std::move(value).error().in(field_of(name));
    unopened.field = field_of(name);
    return unopened;
}

Result<PotSpec> SecretService::opened(const PotId& pot, PotSpec spec) {
    const auto found = sealed_.find(pot);
    if (found == sealed_.end()) return spec;
    for (const auto& [name, closed] : found->second) {
        auto value = open_one(pot, name, closed);
        if (!value) return std::move(value).error();
        std::erase_if(spec.env, [&wanted = name](const EnvVar& one) { return one.name == wanted; });
        spec.env.push_back({name, *std::move(value)});
    }
    return spec;
}

}  // namespace potd::core
