#pragma once

#include "core/model/token.hpp"
#include "core/port/clock.hpp"
#include "core/port/executor.hpp"
#include "core/port/journal.hpp"
#include "core/service/event_feed.hpp"
#include "core/service/reply.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace potd::core {

/// The tokens there are. Knows their hashes only. Loop thread.
class TokenService {
  public:
    struct Ports {
        Journal& journal;
        Clock& clock;
        Executor& executor;
        EventFeed& feed;
        std::function<void(const std::string&)> complain;  ///< one sentence for the log
    };

    explicit TokenService(Ports ports) : ports_(std::move(ports)) {}

    void recover(std::vector<Token> stored);

    /// Conflict if the name is taken, also by a token that has expired; InvalidArgument for a bad name or an
    /// expiry that is past. Its times are set here.
    void create(Token token, Reply<Token> reply);
    /// By name.
    [[nodiscard]] std::vector<Token> list() const;
    /// Null if there is none.
    [[nodiscard]] const Token* find(std::string_view name) const;
    /// From now on it lets nobody in, whatever becomes of the record. NotFound.
    void revoke(std::string_view name, Reply<void> reply);

    /// That of this hash, if there is one that has not expired; it counts as used now.
    [[nodiscard]] const Token* use(std::string_view hash);

    /// Whether the one of this hash still lets in, without counting as used: it was not revoked and has not
    /// expired.
    [[nodiscard]] bool holds(std::string_view hash) const;

    [[nodiscard]] static Error unknown(std::string_view name);

    /// How old a stored last use may become.
    static constexpr milliseconds use_recorded_after{600'000};

  private:
    struct Entry {
        Token token;
        WallTime use_stored;  ///< the last use that was given to the store
    };
    void record_use(Entry& entry);
    void tell(const Result<std::vector<Event>>& events);

    Ports ports_;
    std::map<std::string, Entry, std::less<>> entries_;
    std::unordered_map<std::string, std::string> names_;  ///< by hash
};

}  // namespace potd::core
