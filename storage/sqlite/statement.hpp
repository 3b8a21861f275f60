#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace potd::storage {

/// One prepared statement, reused. Parameters count from 1, columns from 0. A failed bind is reported
/// by the next step. Bound text is not copied: it must live until `run` or `each` returns.
/// Belongs to its Database's thread and must die before the Database.
class Statement {
  public:
    explicit Statement(sqlite3_stmt* statement) noexcept : statement_(statement) {}

    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, std::string_view text);
    /// Unset is NULL.
    Statement& bind(int index, std::optional<std::int64_t> value);

    /// Executes; rows are an error of the caller. Ready for the next bind afterwards.
    [[nodiscard]] core::Status run();
    /// Calls `row(*this)`, which returns a Status, for each row until one fails.
    template <class Row>
    [[nodiscard]] core::Status each(Row row) {
        const Rewind rewind{*this};
        for (;;) {
            const core::Result<bool> more = step();
            if (!more) return more.error();
            if (!*more) return {};
            if (core::Status status = row(*this); !status) return status;
        }
    }

    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const;
    /// Valid until the next step.
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::string string(int column) const { return std::string(text(column)); }

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    struct Rewind {
        Statement& statement;
        ~Rewind() { statement.rewind(); }
    };

    /// True: a row is there. False: done.
    [[nodiscard]] core::Result<bool> step();
    void rewind() noexcept;
    void note(int code) noexcept;

    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int bind_error_ = 0;
};

}  // namespace potd::storage
