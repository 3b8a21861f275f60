// What adapters leave on the machine and would find there after a death, name by name: each such call that
// succeeded is a crash point of its own. The linker puts these functions in place of libc's (--wrap in
// CMakeLists.txt), so that nothing of it is in potd. A process that is spawned has the points of its port;
// what potmon does goes on without potd.
#include "tests/crash/crash_points.hpp"

#include <string>

#include <sys/types.h>

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the linker's names
extern "C" {
int __real_mkdir(const char* path, mode_t mode);
int __real_mkdirat(int directory, const char* path, mode_t mode);
int __real_rmdir(const char* path);
int __real_unlink(const char* path);
int __real_unlinkat(int directory, const char* path, int flags);
int __real_rename(const char* from, const char* to);
int __real_renameat(int from_directory, const char* from, int to_directory, const char* to);
int __real_symlinkat(const char* content, int directory, const char* path);
}

namespace {

/// The state before a call is that after the one before it, so one point each is enough.
int effect(int result, const char* call, const char* path) {
    if (result == 0) potd::crash::CrashPoints::here().pass(std::string(call) + " " + path, "done");
    return result;
}

}  // namespace

extern "C" {

int __wrap_mkdir(const char* path, mode_t mode) {
    return effect(__real_mkdir(path, mode), "mkdir", path);
}

int __wrap_mkdirat(int directory, const char* path, mode_t mode) {
    return effect(__real_mkdirat(directory, path, mode), "mkdir", path);
}

int __wrap_rmdir(const char* path) {
    return effect(__real_rmdir(path), "rmdir", path);
}

int __wrap_unlink(const char* path) {
    return effect(__real_unlink(path), "unlink", path);
}

int __wrap_unlinkat(int directory, const char* path, int flags) {
    return effect(__real_unlinkat(directory, path, flags), "unlink", path);
}

int __wrap_rename(const char* from, const char* to) {
    return effect(__real_rename(from, to), "rename to", to);
}

int __wrap_renameat(int from_directory, const char* from, int to_directory, const char* to) {
    return effect(__real_renameat(from_directory, from, to_directory, to), "rename to", to);
}

int __wrap_symlinkat(const char* content, int directory, const char* path) {
    return effect(__real_symlinkat(content, directory, path), "symlink", path);
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
