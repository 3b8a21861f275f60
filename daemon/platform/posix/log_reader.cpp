#include "daemon/platform/posix/log_reader.hpp"

#include "daemon/platform/posix/log_cursor.hpp"
#include "daemon/platform/posix/log_pruning.hpp"

#include <utility>

namespace potd::platform {

core::Result<std::unique_ptr<core::LogCursor>> FileLogReader::open(const std::string& directory,
                                                                   const core::LogQuery& query) {
    return std::unique_ptr<core::LogCursor>(
        std::make_unique<FileLogCursor>(executor_, watcher_, directory, query));
}

void FileLogReader::prune(const core::LogPrune& what, core::Reply<core::LogPruned> reply) {
    // Before a next run can open it.
    const auto aside = set_current_log_aside(what);
    if (!aside) {
        executor_.post([reply = std::move(reply), error = aside.error()] { reply(error); });
        return;
    }
    const auto result = std::make_shared<core::Result<core::LogPruned>>(*aside);
    executor_.blocking(
        [what, result] {
            const auto rest = prune_log_files(what);
            if (!rest) {
                *result = rest.error();
                return;
            }
            (*result)->files += rest->files;
            (*result)->bytes += rest->bytes;
        },
        [result, reply = std::move(reply)] { reply(std::move(*result)); });
}

}  // namespace potd::platform
