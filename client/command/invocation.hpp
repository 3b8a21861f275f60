#pragma once

#include "client/base/result.hpp"
#include "client/http/api.hpp"
#include "client/json/value.hpp"
#include "client/option/arguments.hpp"
#include "client/output/sink.hpp"
#include "client/output/table.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::client {

/// One call of a command: what was typed, the way to potd, the way out.
class Invocation {
  public:
    Invocation(const Command& command, Arguments arguments, Api api)
        : command_(command), arguments_(std::move(arguments)), api_(std::move(api)) {}

    [[nodiscard]] const Command& command() const { return command_; }
    [[nodiscard]] const Arguments& arguments() const { return arguments_; }
    [[nodiscard]] Api& api() { return api_; }

    [[nodiscard]] bool has(std::string_view option) const { return arguments_.has(option); }
    [[nodiscard]] std::optional<std::string> value(std::string_view option) const {
        return arguments_.value(option);
    }
    /// Usage failure unless the option is there.
    [[nodiscard]] Result<std::string> required(std::string_view option) const;

    /// The pot meant by -p or the positional; usage failure if there is none or there are two.
    [[nodiscard]] Result<std::string> pot() const;
    [[nodiscard]] Result<std::vector<std::string>> pots() const;
    /// As `pot`, but none is fine and empty.
    [[nodiscard]] Result<std::string> optional_pot() const;

    // Output. Errors in writing are remembered; main reports them.
    void print(std::string_view text) { out_.write(text); }
    void print_line(std::string_view text) { print(std::string(text) + '\n'); }
    void print(const Table& table) { print(table.text(style())); }
    /// `potctl: text` on standard error.
    void note(std::string_view text);
    /// The line that tells of it, with the command and the pot.
    void note_failure(const std::string& pot, const Failure& failure);
    /// If --format asks for JSON or YAML, prints `document` so and returns true.
    [[nodiscard]] bool print_document(const Value& document);
    /// A listing: names with -q, the document with --format, else the table made of the items.
    [[nodiscard]] int print_list(const Value& list, const std::function<Table(const Value::Array&)>& table);
    [[nodiscard]] static TableStyle style();
    [[nodiscard]] const Sink& out() const { return out_; }

  private:
    const Command& command_;
    Arguments arguments_;
    Api api_;
    Sink out_{1};
    Sink err_{2};
};

/// Calls `act` for each pot; of several it reports each failure at once and goes on, and returns the first
/// one's exit code.
[[nodiscard]] Result<int> for_each_pot(Invocation& invocation,
                                       const std::function<Status(const std::string& pot)>& act);

/// The one line of an error: "potctl: what: why (hint)" without a newline.
[[nodiscard]] std::string error_line(std::string_view what, const Failure& failure);

}  // namespace potd::client
