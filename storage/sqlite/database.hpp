#pragma once

#include "core/base/result.hpp"
#include "storage/sqlite/statement.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;

namespace potd::storage {

/// One connection. Used by one thread at a time. Foreign keys are enforced, a lock held by somebody
/// else is waited for up to two seconds, nothing is checkpointed on the side.
class Database {
  public:
    enum class Mode {
        Create,    ///< read and write; made if missing
        Write,     ///< read and write
        ReadOnly,  ///< sees commits of other connections, never waits for a writer
    };

    [[nodiscard]] static core::Result<Database> open(const std::filesystem::path& file, Mode mode);

    /// Any number of statements without parameters.
    [[nodiscard]] core::Status execute(const std::string& sql);
    /// The statement with this text, prepared at its first use and kept. Not to be used by two at a
    /// time; lives as long as the Database.
    [[nodiscard]] core::Result<Statement*> statement(std::string_view sql);
    /// The value of an integer pragma such as "user_version".
    [[nodiscard]] core::Result<std::int64_t> pragma(std::string_view name);

    /// False if the file or its file system may not be written, whatever Mode asked for.
    [[nodiscard]] bool writable() const;
    /// From here on closing leaves the write-ahead log as it is.
    void keep_log_on_close();

    [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }
    [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

  private:
    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };

    Database(std::filesystem::path file, sqlite3* handle) : file_(std::move(file)), handle_(handle) {}

    std::filesystem::path file_;
    std::unique_ptr<sqlite3, Close> handle_;
    std::map<std::string, Statement, std::less<>> statements_;  // after handle_: dies before it
};

}  // namespace potd::storage
