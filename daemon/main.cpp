#include "daemon/program.hpp"

#include <cstddef>
#include <span>

int main(int argc, char** argv) {
    return potd::run_daemon(std::span<const char* const>(argv, static_cast<std::size_t>(argc)).subspan(1));
}
