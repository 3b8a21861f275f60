#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace potd::sim {

/// Keeps the first breach of an invariant, and tells the story if somebody listens.
class Judge {
  public:
    /// `text` makes the message; it is called only for a breach.
    template <class Text>
    void expect(bool holds, const char* invariant, Text text) {
        if (!holds && !breach_) fail(invariant, text());
    }
    void fail(const char* invariant, std::string text) {
        if (breach_) return;
        breach_ = std::string(invariant) + ": " + std::move(text);
        tell("BREACH " + *breach_);
    }
    [[nodiscard]] const std::optional<std::string>& breach() const { return breach_; }

    void listen(std::function<void(const std::string&)> listener) { listener_ = std::move(listener); }
    [[nodiscard]] bool heard() const { return static_cast<bool>(listener_); }
    void tell(const std::string& text) const {
        if (listener_) listener_(text);
    }
    /// As `tell`, for a text that costs something to make.
    template <class Text>
    void note(Text text) const {
        if (listener_) listener_(text());
    }

  private:
    std::optional<std::string> breach_;
    std::function<void(const std::string&)> listener_;
};

}  // namespace potd::sim
