#include "daemon/platform/linux/memory_file.hpp"

#include "daemon/platform/posix/file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>

namespace potd::platform {
namespace {

constexpr int all_seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
constexpr std::size_t largest_program = 64 << 20;
constexpr unsigned executable = 0x0010U;  // MFD_EXEC, younger than the C library

/// Kernels before 6.3 do not know the flag; later ones may insist on it.
UniqueFd create(const char* name) {
    UniqueFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | executable));
    if (!fd && errno == EINVAL) fd.reset(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    return fd;
}

}  // namespace

core::Result<UniqueFd> sealed_memory_file(const char* name, std::string_view bytes) {
    UniqueFd fd = create(name);
    if (!fd) return core::os_error(errno, "create a memory file");
    for (std::string_view left = bytes; !left.empty();) {
        const ssize_t put = ::write(fd.get(), left.data(), left.size());
        if (put < 0) return core::os_error(errno, "fill a memory file");
        left.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fcntl(fd.get(), F_ADD_SEALS, all_seals) != 0) return core::os_error(errno, "seal a memory file");
    if (::lseek(fd.get(), 0, SEEK_SET) != 0) return core::os_error(errno, "rewind a memory file");
    return fd;
}

core::Result<UniqueFd> sealed_program(const std::string& path) {
    const auto program = read_file(path, largest_program);
    if (!program) return program.error();
    return sealed_memory_file("potmon", program.value());
}

}  // namespace potd::platform
