# Toolchain file: FreeBSD/amd64 with the Zig toolchain, which brings FreeBSD's headers and stub libraries.
# scripts/freebsd.sh puts the compiler and the third-party libraries into POTD_FREEBSD_ROOT/zig and
# POTD_FREEBSD_ROOT/prefix-zig. No static libc, and of base's libraries libc, libm, libthr, libutil; OpenSSL's are
# linked by stand-ins (freebsd/third_party/openssl.cmake).
set(CMAKE_SYSTEM_NAME FreeBSD)
set(CMAKE_SYSTEM_VERSION 14.0)
set(CMAKE_SYSTEM_PROCESSOR amd64)

set(POTD_FREEBSD_ROOT "${CMAKE_CURRENT_LIST_DIR}/../build/freebsd" CACHE PATH "what scripts/freebsd.sh made")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES POTD_FREEBSD_ROOT)

foreach(tool C:cc CXX:c++)
  string(REPLACE ":" ";" tool "${tool}")
  list(GET tool 0 language)
  list(GET tool 1 name)
  set(CMAKE_${language}_COMPILER "${POTD_FREEBSD_ROOT}/zig/bin/${name}")
  # Zig means UBSan wherever it is not told to optimise, and debug information always.
  set(CMAKE_${language}_FLAGS_INIT "-fno-sanitize=undefined -g0")
endforeach()
set(CMAKE_AR "${POTD_FREEBSD_ROOT}/zig/bin/ar" CACHE FILEPATH "")
set(CMAKE_RANLIB "${POTD_FREEBSD_ROOT}/zig/bin/ranlib" CACHE FILEPATH "")

# Half the time of a suite; any other level is -O2 to Zig.
set(POTD_SUITE_OPTIMISATION -O0 CACHE STRING "the suites are compiled on every run of CI")
set(POTD_STATIC_MONITOR OFF CACHE BOOL "there is no static libc")
set(POTD_LINKER_WRAPS OFF CACHE BOOL "Zig's linker has no --wrap")

set(potd_prefix "${POTD_FREEBSD_ROOT}/prefix-zig")
include("${CMAKE_CURRENT_LIST_DIR}/freebsd/cross.cmake")
