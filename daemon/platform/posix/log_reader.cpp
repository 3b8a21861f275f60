#include "daemon/platform/posix/log_reader.hpp"

#include "daemon/platform/posix/log_cursor.hpp"

namespace potd::platform {

core::Result<std::unique_ptr<core::LogCursor>> FileLogReader::open(const std::string& directory,
                                                                   const core::LogQuery& query) {
    return std::unique_ptr<core::LogCursor>(
        std::make_unique<FileLogCursor>(executor_, watcher_, directory, query));
}

}  // namespace potd::platform
