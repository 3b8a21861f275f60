#include "client/command/editor.hpp"

#include "client/base/descriptor.hpp"
#include "client/output/sink.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" char** environ;  // NOLINT: POSIX has no header for it

namespace potd::client {
namespace {

std::string set_or(const char* name, const std::string& otherwise) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    return value == nullptr || *value == 0 ? otherwise : value;
}

std::string reason_of(int error) {
    return std::generic_category().message(error);
}

}  // namespace

Result<std::string> write_own_file(const std::string& name, const std::string& text) {
    std::string path = set_or("TMPDIR", "/tmp") + "/potctl-" + name + "-XXXXXX.yaml";
    const Descriptor file(::mkstemps(path.data(), 5));
    if (!file) return failed("cannot make " + path + ": " + reason_of(errno));
    Sink sink(file.get());
    sink.write(text);
    if (sink.error() == 0) return path;
    ::unlink(path.c_str());
    return failed("cannot write " + path + ": " + reason_of(sink.error()));
}

Status edit_file(const std::string& path) {
    // The variables hold a command with its options, as in "code --wait".
    std::string line = set_or("VISUAL", set_or("EDITOR", "vi")) + " \"$1\"";
    std::string shell = "sh", option = "-c", name = "sh", file = path;
    const std::array<char*, 6> words{shell.data(), option.data(), line.data(),
                                     name.data(),  file.data(),   nullptr};
    pid_t pid = -1;
    const int error = ::posix_spawnp(&pid, "sh", nullptr, nullptr, words.data(), environ);
    if (error != 0) return failed("cannot run sh: " + reason_of(error));
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return failed("cannot wait for the editor: " + reason_of(errno));
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Done{};
    return failed(WIFEXITED(status) ? "the editor ended with status " + std::to_string(WEXITSTATUS(status))
                                    : "the editor was ended by signal " + std::to_string(WTERMSIG(status)));
}

}  // namespace potd::client
